import { takeDataDirectory } from '../host/store/data-directory.ts'
import { ConfigError, type EdgeConfig, parseConfig } from '../worker/config.ts'
import { readInputFile } from './options/input-file.ts'
import { listenOption } from './options/listen-option.ts'
import { healthListenOf, healthOption } from './options/observe-options.ts'
import { UsageError } from './options/option-table.ts'
import { withCallerOptions } from './options/serve/caller-options.ts'
import { dotAddresses } from './options/serve/dns-listen-options.ts'
import { drainMsOf } from './options/serve/drain-option.ts'
import { followOptions, followWish } from './options/serve/follow-options.ts'
import { limitsOf } from './options/serve/limit-options.ts'
import { plainDnsWishes } from './options/serve/plain-dns-options.ts'
import {
  certificateHosts,
  dataDirectory,
  type Identity,
  identityOf,
  logFormat,
  serveDefaults,
  serveOptions,
} from './options/serve/serve-options.ts'
import { storeOptions, storePlace } from './options/serve/store-options.ts'
import { signingOf } from './options/signing-files.ts'
import { verb } from './options/verb.ts'
import { aborted } from './run/aborted.ts'
import { closingAfterDrain } from './run/drain.ts'
import { openFollower } from './run/open-follower.ts'
import { openSharedStore } from './run/open-shared-store.ts'
import { type RunningEdge, runEdge, runWorkers } from './run/run-edge.ts'
import { servingChecks } from './run/serving-checks.ts'
import { createLog } from './terminal/log.ts'

/** kubedoh serve: the self-hosted edge. */
export default verb({
  name: 'serve',
  summary: 'Run an edge: answer DNS over HTTPS and receive snapshots from agents',
  usage: '--config FILE [options]',
  options: {
    config: {
      kind: 'text',
      value: 'FILE',
      help: "the edge's configuration (JSON): clusters, their keys and zones",
    },
    workers: {
      kind: 'number',
      value: 'N',
      byDefault: '1',
      help: 'number of processes that answer queries, at most one for each core',
    },
    ...followOptions,
    ...storeOptions,
    ...healthOption,
    ...serveOptions,
  },
  notes: [
    'It prints `ready URL`, the DoH endpoint, on stdout once it answers. SIGTERM ends it after the drain time and running requests, a second one at once; it reads --tls-cert, --tls-key, --sign-key, --sign-cert and --cookie-secret-file again when they change, and at SIGHUP.',
  ],
  async run(values, positionals, { print, tell, env, signal, onHangup }) {
    if (positionals.length > 0) throw new UsageError(`serve takes no "${positionals[0]}"`)
    const dataDir = dataDirectory(values.data)
    if (dataDir === undefined)
      throw new UsageError(
        '--data none is for `up`, whose key is new at each start: `serve` would forget the generations of its roots, and could then accept older snapshots than it has answered from; give a directory',
      )
    const healthListen = healthListenOf(values)
    const config = withCallerOptions(await readConfig(values.config), values)
    const listen = listenOption(values.listen ?? serveDefaults.listen)
    const dot = dotAddresses(values)
    const plainDns = await plainDnsWishes(values)
    const signing = await signingOf(values)
    const log = createLog(logFormat(values['log-format']), tell, Date.now)
    const limits = limitsOf(values)
    const follower = await openFollower(await followWish(values), config, env, log)
    const count = workerCount(values.workers)
    const place = await storePlace(values)
    if (place && follower)
      throw new UsageError(
        '--store and --follow cannot be used together: an edge that follows keeps its own copy of the snapshots, so let each edge follow, without --store',
      )
    if (place && count > 1)
      throw new UsageError('--store and --workers cannot be used together: start several edges on one store')
    const readIdentity = (): Promise<Identity> =>
      identityOf(values, dataDir, certificateHosts([listen, ...dot], config.dotHost))
    const drainMs = drainMsOf(values, [listen, ...plainDns.listen, ...dot])
    let isServing = false
    const closing = closingAfterDrain(signal, { drainMs, isServing: () => isServing, log })
    const checks = servingChecks({
      isReady: () => isServing,
      notReady: 'not listening yet',
      isEnding: () => signal.aborted,
    })
    const health = { listen: healthListen, checks }
    const release = takeDataDirectory(dataDir)
    try {
      const identity = await readIdentity()
      const doors = { listen, plainDns, dot, signing }
      const openShared = place && (() => openSharedStore(place, config, log))
      const edge = { config, dataDir, ...doors, limits, follower, openShared }
      const run = { ...edge, identity, readIdentity, onHangup, health, log }
      const announce = async ({ url, dnsLines }: Pick<RunningEdge, 'url' | 'dnsLines'>): Promise<void> => {
        if (identity.caFile !== undefined) tell(`CA of the development certificate: ${identity.caFile}`)
        if (!config.public) tell('clients need a token: the configuration does not contain "public": true')
        isServing = true
        dnsLines.forEach(print)
        print(`ready ${url}`)
        await aborted(closing)
      }
      await (count === 1 ? runEdge(run, announce) : runWorkers({ ...run, count }, announce))
      return 0
    } finally {
      release()
    }
  },
})

async function readConfig(file: string | undefined): Promise<EdgeConfig> {
  if (file === undefined) throw new UsageError('serve needs --config FILE (docs/edge.md shows one)')
  const text = await readInputFile(file, 'the configuration')
  try {
    return parseConfig(text)
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(`${file}: ${error.message}`) : error
  }
}

/** A larger number is a typing error. */
const maxWorkers = 256

function workerCount(given = 1): number {
  if (given >= 1 && given <= maxWorkers) return given
  throw new UsageError(`--workers is ${given}, it must be 1 to ${maxWorkers}`)
}
