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
    help: "the cluster's id in the edge's configuration",
  },
  domain: {
    kind: 'text',
    value: 'DOMAIN',
    byDefault: agentDefaults.domain,
    help: "the cluster's DNS domain",
  },
  namespace: {
    kind: 'list',
    value: 'NAME',
    byDefault: 'all',
    help: 'publish only this namespace; may be given several times',
  },
  'namespace-labels': {
    kind: 'text',
    value: 'SELECTOR',
    help: 'publish only namespaces with these labels, such as `dns=edge,tier in (web, db)`; not with --namespace',
  },
  namespaced: {
    kind: 'flag',
    help: 'read each namespace of --namespace separately, which needs only Roles instead of a ClusterRole; with --from they need no Namespace object',
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
    help: 'without changes, publish this often to confirm that the data is current',
  },
  'stale-after-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: String(agentDefaults.staleAfterMs / secondMs),
    help: 'data of this age is stale: answers say so, and NXDOMAIN is withheld',
  },
  'expires-after-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: String(agentDefaults.expiresAfterMs / secondMs),
    help: 'data of this age is not used: the answer is SERVFAIL',
  },
  'hold-deletions-seconds': {
    kind: 'number',
    value: 'SECONDS',
    byDefault: String(agentDefaults.holdDeletionsMs / secondMs),
    help: 'publish the deletion of 20 or more objects that are half of their kind only after two lists confirm it, or after this time; 0: at once',
  },
  pods: {
    kind: 'text',
    value: 'MODE',
    byDefault: agentDefaults.pods,
    choices: podsModes,
    help: `how to answer names such as 10-1-2-3.default.pod, one of ${podsModes.join(', ')}: insecure returns the address in the name, verified only if a pod has it`,
  },
  'endpoint-pod-names': {
    kind: 'flag',
    help: 'name endpoints without hostname after their pods instead of their addresses',
  },
  'ignore-empty-services': {
    kind: 'flag',
    help: 'do not publish Services with cluster IPs that have no ready endpoint',
  },
  'no-endpoint-names': {
    kind: 'flag',
    help: 'do not publish endpoint names and PTRs of Services that are not headless',
  },
} as const

/** The command line option of an agent's option, where the names differ. */
const flags: Readonly<Partial<Record<OptionError['option'], string>>> = {
  namespaces: 'namespace',
  namespaceLabels: 'namespace-labels',
  ttlSeconds: 'ttl',
  heartbeatMs: 'heartbeat-seconds',
  staleAfterMs: 'stale-after-seconds',
  expiresAfterMs: 'expires-after-seconds',
  holdDeletionsMs: 'hold-deletions-seconds',
}

/** Values of `agentOptions`, and the policy's mode → an agent's options. Throws UsageError, naming the command line option. */
export function resolveAgentOptions(
  values: OptionValues<typeof agentOptions>,
  policy: AgentOptions['policy'] = 'none',
): AgentOptions {
  const ms = (seconds: number | undefined): number | undefined => seconds && seconds * secondMs
  try {
    return resolveOptions({
      cluster: values.cluster ?? agentOptionDefaults.cluster,
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
      policy,
    })
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    const problem = error.message.slice(error.option.length + 2)
    throw new UsageError(`--${flags[error.option] ?? error.option}: ${problem}`)
  }
}
