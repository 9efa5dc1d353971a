import {
  type AgentOptions,
  agentDefaults,
  OptionError,
  podsModes,
  resolveOptions,
} from '../../sync/options.ts'
import { type OptionValues, UsageError } from './option-table.ts'

const secondMs = 1_000

export const agentOptionDefaults = { cluster: 'local' }

/** Options of every verb that runs an agent. */
export const agentOptions = {
  cluster: {
    kind: 'text',
    value: 'ID',
    byDefault: agentOptionDefaults.cluster,
    help: "the cluster's id: one of those in the edge's configuration",
  },
  domain: {
    kind: 'text',
    value: 'DOMAIN',
    byDefault: agentDefaults.domain,
    help: "the cluster's own DNS domain",
  },
  namespace: {
    kind: 'list',
    value: 'NAME',
    byDefault: 'all',
    help: 'publish this namespace only; may be given several times',
  },
  'namespace-labels': {
    kind: 'text',
    value: 'SELECTOR',
    help: 'publish the namespaces with these labels only, such as `dns=edge,tier in (web, db)`; excludes --namespace',
  },
  namespaced: {
    kind: 'flag',
    help: 'read the namespaces of --namespace one by one, for which Roles suffice (without it a ClusterRole is needed); with --from they need no Namespace object',
  },
  ttl: {
    kind: 'number',
    value: 'SECONDS',
    byDefault: String(agentDefaults.ttlSeconds),
    help: 'TTL of every record, 0 to 3600',
  },
  'heartbeat-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: String(agentDefaults.heartbeatMs / secondMs),
    help: 'without changes, publish this often to say that the data still holds',
  },
  'stale-after-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: String(agentDefaults.staleAfterMs / secondMs),
    help: 'from this age on answers say that they are stale, and missing names are not denied',
  },
  'expires-after-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: String(agentDefaults.expiresAfterMs / secondMs),
    help: 'from this age on nothing is answered',
  },
  'hold-deletions-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: String(agentDefaults.holdDeletionsMs / secondMs),
    help: 'hold back a deletion of 20 objects and half of their kind until two lists confirm it, at most this long; 0: publish it at once',
  },
  pods: {
    kind: 'text',
    value: 'MODE',
    byDefault: agentDefaults.pods,
    help: `how names such as 10-1-2-3.default.pod are answered, one of ${podsModes.join(', ')}: by the address that they spell, or only where a pod has it`,
  },
  'endpoint-pod-names': {
    kind: 'flag',
    help: 'name endpoints without hostname as their pods rather than by their addresses',
  },
  'ignore-empty-services': {
    kind: 'flag',
    help: 'leave out the names of Services with cluster IPs behind which nothing is ready',
  },
  'no-endpoint-names': {
    kind: 'flag',
    help: 'leave out names and PTRs of endpoints of Services that are not headless',
  },
} as const

/** Which command line option stands for an agent's option. */
const flags: Readonly<Partial<Record<keyof AgentOptions, string>>> = {
  edgeUrl: 'edge',
  namespaces: 'namespace',
  namespaceLabels: 'namespace-labels',
  ttlSeconds: 'ttl',
  heartbeatMs: 'heartbeat-seconds',
  staleAfterMs: 'stale-after-seconds',
  expiresAfterMs: 'expires-after-seconds',
  holdDeletionsMs: 'hold-deletions-seconds',
}

/** Values of `agentOptions` → an agent's options. Throws UsageError naming the command line's option. */
export function resolveAgentOptions(
  values: OptionValues<typeof agentOptions>,
  edgeUrl: string,
): AgentOptions {
  const ms = (seconds: number | undefined): number | undefined => seconds && seconds * secondMs
  try {
    return resolveOptions({
      cluster: values.cluster ?? agentOptionDefaults.cluster,
      edgeUrl,
      domain: values.domain,
      namespaces: values.namespace,
      namespaceLabels: values['namespace-labels'],
      namespaced: values.namespaced,
      ttlSeconds: values.ttl,
      heartbeatMs: ms(values['heartbeat-seconds']),
      staleAfterMs: ms(values['stale-after-seconds']),
      expiresAfterMs: ms(values['expires-after-seconds']),
      holdDeletionsMs: ms(values['hold-deletions-seconds']),
      pods: values.pods,
      endpointNames: !values['no-endpoint-names'],
      endpointPodNames: values['endpoint-pod-names'],
      ignoreEmptyServices: values['ignore-empty-services'],
    })
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    const problem = error.message.slice(error.option.length + 2)
    throw new UsageError(`--${flags[error.option] ?? error.option}: ${problem}`)
  }
}
