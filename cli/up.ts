import { join } from 'node:path'
import type { Limits } from '../host/http/limits.ts'
import type { ListenAddress } from '../host/http/listen.ts'
import { takeDataDirectory } from '../host/store/data-directory.ts'
import { createTasks } from '../host/tasks.ts'
import type { Store } from '../sync/objects/store.ts'
import type { AgentOptions } from '../sync/options.ts'
import type { PolicyOrigin } from '../sync/policy/source/open-policy.ts'
import type { Log } from '../worker/ports.ts'
import { agentOptions, resolveAgentOptions } from './options/agent-options.ts'
import { allowedNetworks, allowOption } from './options/allow-option.ts'
import { withCallerOptions } from './options/caller-options.ts'
import { dotAddresses, serverNameOptions } from './options/dns-listen-options.ts'
import { drainMsOf } from './options/drain-option.ts'
import { keyFile, unstoredKey } from './options/key-file.ts'
import { limitsOf } from './options/limit-options.ts'
import { isLoopbackOnly, listenOption } from './options/listen-option.ts'
import { type ObserveWishes, observeOptions, observeWishes } from './options/observe-options.ts'
import { type OptionValues, UsageError } from './options/option-table.ts'
import { type PlainDnsWishes, plainDnsWishes } from './options/plain-dns-options.ts'
import { policyMode, policyOptions, policyOrigin } from './options/policy-option.ts'
import {
  certificateHosts,
  dataDirectory,
  type Identity,
  identityOf,
  logFormat,
  serveDefaults,
  serveOptions,
} from './options/serve-options.ts'
import { sampleFile, sourceOptions } from './options/source-option.ts'
import { verb, type World } from './options/verb.ts'
import { announcement, sourceName } from './run/announcement.ts'
import { chooseSource, type ObjectSource } from './run/choose-source.ts'
import { closingAfterDrain } from './run/drain.ts'
import { exampleService } from './run/example-service.ts'
import { fetchInProcess } from './run/fetch-in-process.ts'
import { aliasZones, internalZone } from './run/internal-zone.ts'
import { publishSource } from './run/publish-source.ts'
import { aborted, runEdge } from './run/run-edge.ts'
import { servingChecks } from './run/serving-checks.ts'
import { untilAnswered } from './run/until-answered.ts'
import { configFor } from './run/up-config.ts'
import { waitLogged } from './run/wait-logged.ts'
import { createLog } from './terminal/log.ts'
import { ownCommand } from './terminal/own-command.ts'

/** Agent and edge share a process: their requests use no network, and this name is never resolved. */
const edgeUrl = 'http://edge.invalid'

/** Options of `up`. */
const upOptions = {
  ...sourceOptions,
  zone: {
    kind: 'list',
    value: 'ZONE',
    help: 'an alias zone with the same names, such as dev.k8s.example.com; svc for names such as web.prod.svc; ID.internal is one already',
  },
  'no-internal': {
    kind: 'flag',
    help: "leave out the alias zone ID.internal, where ID is the cluster's id",
  },
  reverse: {
    kind: 'list',
    value: 'CIDR',
    byDefault: 'the private ranges',
    help: 'answer PTR queries for addresses in this range; outside of all ranges, only public addresses that the cluster has are answered',
  },
  upstream: {
    kind: 'list',
    value: 'URL',
    help: 'DoH resolver for CNAME targets outside the cluster, such as https://1.1.1.1/dns-query; further ones are asked when the first fails',
  },
  forward: { kind: 'flag', help: 'forward names outside the zones to --upstream' },
  public: {
    kind: 'flag',
    help: 'answer everybody without a token, also if an address to listen on is not a loopback address',
  },
  ...agentOptions,
  ...policyOptions,
  ...allowOption,
  ...observeOptions,
  ...serverNameOptions,
  ...serveOptions,
} as const

/** kubedoh up: agent and edge in one process. */
export default verb({
  name: 'up',
  summary: 'Run agent and edge in one process, for one cluster',
  usage: '[--kubeconfig FILE | --from FILE...] [options]',
  options: upOptions,
  notes: [
    'Without --from, --kubeconfig, KUBECONFIG and --context, it serves the cluster of the pod that it runs in, or, outside of a pod, the sample objects that come with kubedoh. When the cluster was listed for the first time, it prints the endpoint, three commands to try, and `ready URL`; until then the answer to every query is SERVFAIL (EDE 14). SIGTERM ends it after the drain time and running requests, a second one at once; SIGHUP makes it read --tls-cert, --tls-key and --cookie-secret-file again.',
  ],
  async run(values, positionals, world) {
    if (positionals.length > 0) throw new UsageError(`up takes no "${positionals[0]}"`)
    const policyFrom = policyOf(values)
    const options = resolveAgentOptions(values, edgeUrl, policyFrom ? 'given' : policyMode(values))
    const source = await chooseSource(values, options, world, { file: sampleFile })
    const listen = listenOption(values.listen ?? serveDefaults.listen)
    const dot = dotAddresses(values)
    const plainDns = await plainDnsWishes(values)
    if (values.allow.length > 0 && plainDns.listen.length + dot.length === 0)
      throw new UsageError(
        '--allow needs --dns-listen or --dot-listen: DoH callers are not known by their address',
      )
    const log = createLog(logFormat(values['log-format']), world.tell, Date.now)
    const settled = {
      plainDns,
      observed: observeWishes(values),
      limits: limitsOf(values),
      drainMs: drainMsOf(values, [listen, ...plainDns.listen, ...dot]),
      upstream: upstreamOf(values),
      policyFrom,
    }
    // Commands that are printed must work from any directory.
    const dataDir = dataDirectory(values.data)
    const release = dataDir === undefined ? () => undefined : takeDataDirectory(dataDir)
    try {
      await runUp(values, { ...settled, options, source, listen, dot, log, dataDir }, world)
    } finally {
      release()
    }
    return 0
  },
})

/** The facts that `up` needs before it opens the data directory. */
type Settled = {
  readonly options: AgentOptions
  readonly source: ObjectSource
  readonly listen: ListenAddress
  readonly plainDns: PlainDnsWishes
  /** Addresses of DNS over TLS. */
  readonly dot: readonly ListenAddress[]
  readonly observed: ObserveWishes
  readonly limits: Partial<Limits>
  readonly drainMs: number
  readonly upstream: object | undefined
  readonly policyFrom: PolicyOrigin | undefined
  readonly log: Log
  /** Absent: everything stays in memory. */
  readonly dataDir: string | undefined
}

async function runUp(
  values: OptionValues<typeof upOptions>,
  {
    options,
    source,
    listen,
    plainDns,
    dot,
    observed,
    limits,
    drainMs,
    upstream,
    policyFrom,
    log,
    dataDir,
  }: Settled,
  { env, print, show, signal: asked, onHangup }: World,
): Promise<void> {
  const key = dataDir === undefined ? await unstoredKey() : await keyFile(join(dataDir, 'agent-key.json'))
  // With a policy, its `anonymous` decides what callers without a token see.
  const isPublic = !policyFrom && (values.public || isLoopbackOnly([listen, ...plainDns.listen, ...dot]))
  const { publicKey } = key
  const internal = values['no-internal'] ? undefined : internalZone(options.cluster)
  const zones = aliasZones(internal, options.domain, values.zone)
  const { reverse, 'doh-url': dohUrl, 'dot-host': dotHost } = values
  const fields = { publicKey, isPublic, zones, reverse, upstream, url: dohUrl, dotHost }
  const config = withCallerOptions(configFor(options, fields), values)
  const readIdentity = (): Promise<Identity> =>
    identityOf(values, dataDir, certificateHosts([listen, ...dot], config.dotHost))
  const identity = await readIdentity()
  const command = ownCommand({ env, script: process.argv[1] })
  const files = { dataDir, identity, readIdentity, onHangup }
  let isReady = false
  const signal = closingAfterDrain(asked, { drainMs, isServing: () => isReady, log })
  const checks = servingChecks({
    isReady: () => isReady,
    notReady: 'no snapshot is in force yet',
    isEnding: () => asked.aborted,
  })
  const health = { listen: observed.healthListen, checks }
  const run = { config, listen, plainDns, dot, ...files, limits, log, ignoreStored: true, health }
  await runEdge(run, async ({ url, dnsLines, handler, useStored, endpoint }) => {
    const tasks = createTasks(log)
    const ending = new AbortController()
    const either = AbortSignal.any([signal, ending.signal])
    const published = Promise.withResolvers<Store>()
    const onPublished = (store: Store): void => {
      useStored(tasks)
      published.resolve(store)
    }
    const fetch = fetchInProcess(handler, tasks)
    const agent = publishSource(source, options, {
      key,
      fetch,
      log,
      signal: either,
      observed: { ...observed, healthListen: undefined },
      endpoint,
      show,
      env,
      onPublished,
      policyFrom,
      isStaying: true,
    })
    const announced = announceWhenReady()
    try {
      await Promise.all([agent, announced])
      await aborted(signal)
    } finally {
      ending.abort()
      await Promise.allSettled([agent, announced])
      await tasks.settled()
    }

    async function announceWhenReady(): Promise<void> {
      const store = await waitLogged(published.promise, sourceName(source), log, either)
      if (!store || !(await untilAnswered(handler, options.domain, tasks, either))) return
      isReady = true
      const name = exampleName(store, options)
      const shown = {
        ...{ source, options, url, dnsLines, zones, internal, identity },
        ...{ isPublic, policyFrom, name, command },
      }
      for (const line of announcement(shown)) print(line)
    }
  })
}

function policyOf(
  values: OptionValues<typeof policyOptions> & {
    readonly public: boolean
    readonly allow: readonly string[]
    readonly forward: boolean
  },
): PolicyOrigin | undefined {
  const origin = policyOrigin(values)
  const allowed = allowedNetworks(values.allow, values)
  if (allowed && origin)
    throw new UsageError(
      '--allow and an access policy exclude each other: write the ranges as `networks` into the policy',
    )
  if (allowed && values['drop-policy'])
    throw new UsageError('--allow and --drop-policy exclude each other: the ranges are an access policy')
  if (allowed && values.public)
    throw new UsageError('--allow and --public exclude each other: --public answers every range')
  if (origin && values.public)
    throw new UsageError(
      '--public and an access policy exclude each other: `anonymous` of the policy says what callers without a token see',
    )
  return origin ?? allowed
}

function upstreamOf(values: { upstream: readonly string[]; forward: boolean }): object | undefined {
  if (values.forward && values.upstream.length === 0) throw new UsageError('--forward needs --upstream URL')
  return values.upstream.length > 0 ? { urls: values.upstream, forward: values.forward } : undefined
}

/** A name that exists; where no Service has an address, the Service that every cluster has. */
function exampleName(store: Store, options: AgentOptions): string {
  return `${exampleService(store, options) ?? 'kubernetes.default'}.svc.${options.domain}`
}
