import { agentOptions, resolveAgentOptions } from './agent-options.ts'
import { readKeyFile } from './key-file.ts'
import { leaseOption, leasePlace } from './lease-option.ts'
import { createLog } from './log.ts'
import { observeOptions, observeWishes } from './observe-options.ts'
import { UsageError } from './option-table.ts'
import { chooseSource, publishSource } from './publish-source.ts'
import { logFormat, serveOptions } from './serve-options.ts'
import { sourceOptions } from './source-option.ts'
import { verb } from './verb.ts'
import { keepYoungGenerationSmall } from './young-generation.ts'

/** kubedoh sync: the agent. */
export default verb({
  name: 'sync',
  summary: "Publish a cluster's Services and endpoints to an edge, and keep them up to date",
  usage: '--edge URL --key FILE [--kubeconfig FILE | --from FILE] [options]',
  options: {
    edge: { kind: 'text', value: 'URL', help: "the edge's base URL, such as https://edge.example.com" },
    key: { kind: 'text', value: 'FILE', help: 'private key made by `kubedoh key new`' },
    ca: {
      kind: 'text',
      value: 'FILE',
      help: "PEM certificates to trust for the edge instead of the system's",
    },
    ...sourceOptions,
    ...agentOptions,
    ...leaseOption,
    ...observeOptions,
    'log-format': serveOptions['log-format'],
  },
  notes: [
    'Without --kubeconfig and --from it watches the cluster that it runs in. With --from it publishes once and ends.',
  ],
  async run(values, positionals, { tell, show, signal }) {
    if (positionals.length > 0) throw new UsageError(`sync takes no "${positionals[0]}"`)
    if (values.edge === undefined) throw new UsageError('sync needs --edge URL')
    if (values.key === undefined) throw new UsageError('sync needs --key FILE')
    const options = resolveAgentOptions(values, values.edge)
    const key = await readKeyFile(values.key)
    const source = await chooseSource(values, options.pods, 'in-cluster')
    const lease = await leasePlace(values.lease)
    const observed = observeWishes(values)
    const log = createLog(logFormat(values['log-format']), tell, Date.now)
    const { edgeFetch } = await import('./edge-fetch.ts')
    const fetch = await edgeFetch(values.ca)
    if (source.kind !== 'file') keepYoungGenerationSmall()
    await publishSource(source, options, { key, fetch, log, signal, lease, observed, show })
    return 0
  },
})
