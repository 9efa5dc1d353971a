/** What a skipped object's reason is about, as metrics have it: few values, whatever the objects hold. */
export const skipCauses = [
  'name',
  'namespace',
  'namespace_missing',
  'external_name',
  'cluster_ip',
  'service_label',
  'port',
  'endpoint_address',
  'endpoint_hostname',
  'pod_ip',
  'size',
  'other',
] as const

export type SkipCause = (typeof skipCauses)[number]

/** Beginnings of reasons; the first that fits counts. */
const beginnings: readonly (readonly [string, SkipCause])[] = [
  ['its namespace ', 'namespace'],
  ['its name ', 'name'],
  ['namespace ', 'namespace_missing'],
  ['externalName ', 'external_name'],
  ['it has no cluster IP', 'cluster_ip'],
  ['cluster IP ', 'cluster_ip'],
  ['its label ', 'service_label'],
  ['port ', 'port'],
  ['protocol ', 'port'],
  ['endpoint address ', 'endpoint_address'],
  ['endpoint hostname ', 'endpoint_hostname'],
  ['pod IP ', 'pod_ip'],
  ['its endpoints take ', 'size'],
]

/** The reason that something was skipped for → what it is about. */
export function skipCause(reason: string): SkipCause {
  return beginnings.find(([beginning]) => reason.startsWith(beginning))?.[1] ?? 'other'
}
