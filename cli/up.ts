import { join, resolve } from 'node:path'
import { createTasks } from '../host/tasks.ts'
import type { AgentOptions } from '../sync/options.ts'
import { type EdgeConfig, parseConfig } from '../worker/config.ts'
import { agentOptions, resolveAgentOptions } from './options/agent-options.ts'
import { keyFile } from './options/key-file.ts'
import { limitsOf } from './options/limit-options.ts'
import { isLoopback, listenOption } from './options/listen-option.ts'
import { observeOptions, observeWishes } from './options/observe-options.ts'
import { UsageError } from './options/option-table.ts'
import { type Identity, identityOf, logFormat, serveDefaults, serveOptions } from './options/serve-options.ts'
import { sampleFile, sourceOptions } from './options/source-option.ts'
import { fetchInProcess } from './run/in-process.ts'
import { chooseSource, type ObjectSource, publishSource } from './run/publish-source.ts'
import { aborted, runEdge } from './run/run-edge.ts'
import { untilAnswered } from './run/until-answered.ts'
import { hintsFor } from './terminal/example-commands.ts'
import { createLog } from './terminal/log.ts'
import { verb } from './verb.ts'

/** The ranges that clusters take their addresses from: one cluster alone may claim them all. */
const clusterRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']

/** Agent and edge share a process: their requests never meet a network, and this name never a resolver. */
const edgeUrl = 'http://edge.invalid'

/** kubedoh up: agent and edge in one process. */
export default verb({
  name: 'up',
  summary: 'Run agent and edge in one process, for one cluster',
  usage: '[--kubeconfig FILE | --from FILE...] [options]',
  options: {
    ...sourceOptions,
    zone: {
      kind: 'list',
      value: 'ZONE',
      help: "a further zone with the same names, such as dev.k8s.example.com: browsers and Apple's systems never ask DoH for .local names",
    },
    reverse: {
      kind: 'list',
      value: 'CIDR',
      byDefault: 'the private ranges',
      help: 'addresses whose reverse names are answered',
    },
    upstream: {
      kind: 'list',
      value: 'URL',
      help: 'DoH resolver that completes aliases out of the cluster, such as https://1.1.1.1/dns-query; a second one is asked when the first fails',
    },
    forward: { kind: 'flag', help: 'pass names outside the zones on to --upstream' },
    public: { kind: 'flag', help: 'answer without a token also where --listen is no loopback address' },
    ...agentOptions,
    ...observeOptions,
    ...serveOptions,
  },
  notes: [
    'Without --kubeconfig and --from the sample objects that kubedoh brings along are served. Prints the endpoint, three commands to try, and `ready URL` once it answers. SIGTERM ends it; SIGHUP has it read --tls-cert and --tls-key again.',
  ],
  async run(values, positionals, { env, print, tell, show, signal, onHangup }) {
    if (positionals.length > 0) throw new UsageError(`up takes no "${positionals[0]}"`)
    const options = resolveAgentOptions(values, edgeUrl)
    const source = await chooseSource(values, options, { env }, { file: sampleFile })
    const listen = listenOption(values.listen ?? serveDefaults.listen)
    const observed = observeWishes(values)
    // Commands that are printed must work from any directory.
    const dataDir = resolve(values.data ?? serveDefaults.data)
    const log = createLog(logFormat(values['log-format']), tell, Date.now)
    const key = await keyFile(join(dataDir, 'agent-key.json'))
    const isPublic = values.public || isLoopback(listen.host)
    const config = configFor(options, {
      publicKey: key.publicKey,
      isPublic,
      zones: values.zone,
      reverse: values.reverse,
      upstream: upstreamOf(values),
    })
    const limits = limitsOf(values)
    const readIdentity = (): Promise<Identity> => identityOf(values, dataDir, listen.host)
    const identity = await readIdentity()
    const run = { config, dataDir, listen, identity, readIdentity, onHangup, limits, log }
    await runEdge(run, async ({ url, handler }) => {
      const tasks = createTasks(log)
      const ending = new AbortController()
      const either = AbortSignal.any([signal, ending.signal])
      const agent = publishSource(source, options, {
        key,
        fetch: fetchInProcess(handler, tasks),
        log,
        signal: either,
        observed,
        show,
        env,
      })
      const announced = untilAnswered(handler, options.domain, tasks, either).then((answers) => {
        if (!answers) return
        for (const line of announcement({ source, options, url, caFile: identity.caFile, isPublic }))
          print(line)
      })
      try {
        await Promise.all([agent, announced])
        await aborted(signal)
      } finally {
        ending.abort()
        await Promise.allSettled([agent, announced])
        await tasks.settled()
      }
    })
    return 0
  },
})

function upstreamOf(values: { upstream: readonly string[]; forward: boolean }): object | undefined {
  if (values.forward && values.upstream.length === 0) throw new UsageError('--forward needs --upstream URL')
  return values.upstream.length > 0 ? { urls: values.upstream, forward: values.forward } : undefined
}

function configFor(
  { cluster, domain }: AgentOptions,
  edge: {
    publicKey: string
    isPublic: boolean
    zones: readonly string[]
    reverse: readonly string[]
    upstream: object | undefined
  },
): EdgeConfig {
  const reverse = edge.reverse.length > 0 ? edge.reverse : clusterRanges
  const zones = [domain, ...edge.zones]
  return parseConfig(
    JSON.stringify({
      public: edge.isPublic,
      upstream: edge.upstream,
      clusters: [{ id: cluster, keys: [edge.publicKey], zones, reverse }],
    }),
  )
}

function announcement(up: {
  readonly source: ObjectSource
  readonly options: AgentOptions
  readonly url: string
  readonly caFile: string | undefined
  readonly isPublic: boolean
}): string[] {
  const { source, url, caFile, isPublic } = up
  const what = whatIsServed(source)
  return [
    `${what}, answered at ${url}`,
    ...(caFile === undefined ? [] : [`CA of the development certificate: ${caFile}`]),
    isPublic
      ? 'whoever reaches this address is answered, without a token'
      : 'nobody is answered without a token; --public answers whoever reaches this address',
    'try:',
    ...hintsFor({ url, caFile, name: sampleName(up) }).map((hint) => `  ${hint}`),
    `ready ${url}`,
  ]
}

function fileName(file: string): string {
  return file === '-' ? 'stdin' : file
}

/** The start line's choice, with the option that chooses otherwise. */
function whatIsServed(source: ObjectSource): string {
  if (source.kind === 'cluster') return `the cluster of ${source.title}; --from FILE would serve a file`
  const files = `the objects in ${source.files.map(fileName).join(', ')}`
  if (source.files[0] !== sampleFile) return files
  return `${files} (the sample; --kubeconfig FILE, or --context NAME of ~/.kube/config, would serve a cluster)`
}

/** A name that is sure to be there: the samples' own, or the one Service that every cluster has. */
function sampleName({ source, options }: { source: ObjectSource; options: AgentOptions }): string {
  const isSample = source.kind === 'file' && source.files[0] === sampleFile
  return `${isSample ? 'none-linuxea' : 'kubernetes'}.default.svc.${options.domain}`
}
