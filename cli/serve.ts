import { resolve } from 'node:path'
import { type EdgeConfig, parseConfig } from '../worker/config.ts'
import { readInputFile } from './input-file.ts'
import { listenOption } from './listen-option.ts'
import { createLog } from './log.ts'
import { UsageError } from './option-table.ts'
import { aborted, runEdge } from './run-edge.ts'
import { identityOf, logFormat, serveDefaults, serveOptions } from './serve-options.ts'
import { verb } from './verb.ts'

/** kubedoh serve: the self-hosted edge. */
export default verb({
  name: 'serve',
  summary: 'Serve the edge: answer DNS over HTTPS, and take snapshots in from agents',
  usage: '--config FILE [options]',
  options: {
    config: {
      kind: 'text',
      value: 'FILE',
      help: "the edge's configuration, JSON: clusters, their keys and zones",
    },
    ...serveOptions,
  },
  notes: [
    'Prints `ready URL`, the DoH endpoint, on stdout once it answers. SIGTERM ends it after running requests.',
  ],
  async run(values, positionals, { print, tell, signal }) {
    if (positionals.length > 0) throw new UsageError(`serve takes no "${positionals[0]}"`)
    const config = await readConfig(values.config)
    const listen = listenOption(values.listen ?? serveDefaults.listen)
    const dataDir = resolve(values.data ?? serveDefaults.data)
    const log = createLog(logFormat(values['log-format']), tell, Date.now)
    const identity = await identityOf(values, dataDir, listen.host)
    await runEdge({ config, dataDir, listen, identity, log }, async ({ url }) => {
      if (identity.caFile !== undefined) tell(`CA of the development certificate: ${identity.caFile}`)
      if (!config.public)
        tell('nobody is answered without a token: the configuration does not say "public": true')
      print(`ready ${url}`)
      await aborted(signal)
    })
    return 0
  },
})

async function readConfig(file: string | undefined): Promise<EdgeConfig> {
  if (file === undefined) throw new UsageError('serve needs --config FILE (docs/edge.md shows one)')
  return parseConfig(await readInputFile(file, 'the configuration'))
}
