import { agentOptions, resolveAgentOptions } from './options/agent-options.ts'
import { readInputFile } from './options/input-file.ts'
import { readKeyFile } from './options/key-file.ts'
import { leaseOption, leasePlace } from './options/lease-option.ts'
import { observeOptions, observeWishes } from './options/observe-options.ts'
import { UsageError } from './options/option-table.ts'
import { policyMode, policyOptions, policyOrigin } from './options/policy-option.ts'
import { logFormat, serveOptions } from './options/serve/serve-options.ts'
import { sourceOptions } from './options/source-option.ts'
import { verb } from './options/verb.ts'
import { chooseSource } from './run/choose-source.ts'
import { edgePorts } from './run/edge-ports.ts'
import { publishSource } from './run/publish-source.ts'
import { keepHeapSmall } from './run/small-heap.ts'
import { createLog } from './terminal/log.ts'

/** kubedoh sync: the agent. */
export default verb({
  name: 'sync',
  summary: "Publish a cluster's Services and endpoints to an edge and keep them up to date",
  usage: '--edge URL... --key FILE [--kubeconfig FILE | --from FILE...] [options]',
  options: {
    edge: {
      kind: 'list',
      value: 'URL',
      help: "an edge's base URL, such as https://edge.example.com; may be given several times",
    },
    key: { kind: 'text', value: 'FILE', help: 'private key from `kubedoh key new`' },
    ca: {
      kind: 'text',
      value: 'FILE',
      help: "CA certificates (PEM) to trust for the edges instead of the system's",
    },
    ...sourceOptions,
    ...agentOptions,
    ...policyOptions,
    ...leaseOption,
    ...observeOptions,
    'log-format': serveOptions['log-format'],
  },
  notes: [
    'With several --edge, each edge has its own snapshots, retries and write budget: one that is away delays none of the others. All of them list the same public key.',
    'Without --from, --kubeconfig, KUBECONFIG and --context, it watches the cluster of the pod that it runs in. With --from, it publishes once and ends; --policy is then read once, too.',
  ],
  async run(values, positionals, { env, tell, show, signal }) {
    if (positionals.length > 0) throw new UsageError(`sync takes no "${positionals[0]}"`)
    if (values.edge.length === 0) throw new UsageError('sync needs --edge URL')
    if (values.key === undefined) throw new UsageError('sync needs --key FILE')
    const options = resolveAgentOptions(values, policyMode(values))
    const ca = values.ca === undefined ? undefined : await readInputFile(values.ca, '--ca')
    const edges = await edgePorts(values.edge, ca, env)
    const policyFrom = policyOrigin(values)
    const observed = observeWishes(values)
    const log = createLog(logFormat(values['log-format']), tell, Date.now)
    const key = await readKeyFile(values.key)
    const source = await chooseSource(values, options, { env }, 'none')
    const lease = await leasePlace(values.lease)
    if (source.kind !== 'file') keepHeapSmall()
    await publishSource(source, options, {
      ...{ key, edges, log, signal, lease, observed, show, env, policyFrom },
    })
    return 0
  },
})
