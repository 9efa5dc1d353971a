import type { MetricRow } from '../../observe/prometheus.ts'

const row = (type: MetricRow['type'], name: string, labels: readonly string[], help: string): MetricRow => ({
  name: `kubedoh_${name}`,
  type,
  labels,
  help,
})

/**
 * Every metric of an agent. Names and units follow Prometheus and CoreDNS; those of the reflector follow client-go.
 */
export const metricRows = {
  programming: row(
    'histogram',
    'dns_programming_duration_seconds',
    ['service_kind'],
    'Time from a change of a pod or Service, as the EndpointSlice records it, to the acceptance of its root by the edge.',
  ),
  synced: row('gauge', 'reflector_synced', ['resource'], '1 once the resource was listed completely.'),
  proof: row(
    'gauge',
    'reflector_last_proof_timestamp_seconds',
    ['resource'],
    'Unix time of the last list, event or bookmark; 0 before the first.',
  ),
  lists: row(
    'counter',
    'reflector_lists_total',
    ['resource'],
    'Complete lists; all after the first are relists.',
  ),
  objects: row('gauge', 'reflector_listed_objects', ['resource'], 'Objects in the last complete list.'),
  watches: row(
    'counter',
    'reflector_watches_total',
    ['resource'],
    'Watches started; all after the first are restarts.',
  ),
  events: row('counter', 'reflector_events_total', ['resource', 'type'], 'Events received from watches.'),
  interruptions: row(
    'counter',
    'reflector_interruptions_total',
    ['resource', 'code'],
    'Lists and watches that failed and were retried, by the code in the log.',
  ),
  publishes: row(
    'counter',
    'publishes_total',
    ['kind'],
    'Roots that the edge accepted: the first, new content, heartbeats, and repairs of lost blobs.',
  ),
  failures: row('counter', 'publish_failures_total', ['code'], 'Rounds that failed, by the code in the log.'),
  duration: row(
    'histogram',
    'publish_duration_seconds',
    [],
    'Time from the start of a round to the acceptance of its root.',
  ),
  bytes: row('counter', 'publish_bytes_total', [], 'Bytes of blobs and roots that the edge accepted.'),
  writes: row('counter', 'publish_writes_total', [], "Keys written to the edge's store: blobs and roots."),
  budget: row(
    'gauge',
    'publish_write_budget_remaining',
    [],
    'Keys that the burst of the write budget has left; +Inf when the edge declares no budget.',
  ),
  deferred: row(
    'gauge',
    'publish_late_shards',
    [],
    'Deferred shards (endpoint names and pod addresses) with changes that wait for the write budget.',
  ),
  published: row(
    'gauge',
    'publish_last_success_timestamp_seconds',
    [],
    'Unix time of the last round that succeeded; 0 before the first.',
  ),
  asOf: row(
    'gauge',
    'published_as_of_timestamp_seconds',
    [],
    "Time when the published data was last known to be true, by the edge's clock, Unix time; 0 before the first root.",
  ),
  skew: row(
    'gauge',
    'edge_clock_ahead_seconds',
    [],
    "How far the edge's clock is ahead of the agent's; times in roots are by the edge's clock.",
  ),
  counts: row('gauge', 'published_objects', ['kind'], 'Namespaces and Services in the published root.'),
  skipped: row(
    'gauge',
    'skipped_objects',
    ['kind', 'reason'],
    'Objects, or parts of objects, that cannot be published at present, by reason.',
  ),
  held: row(
    'gauge',
    'held_deletions',
    ['kind'],
    'Objects whose deletion is held back because they are most of their kind.',
  ),
  policyValid: row(
    'gauge',
    'policy_valid',
    [],
    '1, or 0 while the access policy is missing, unreadable or has faults, and the last good one is in force.',
  ),
  policyErrors: row(
    'counter',
    'policy_errors_total',
    [],
    'Versions of the access policy that were read and could not be used.',
  ),
  leader: row('gauge', 'leader', [], '1 while this replica publishes; always 1 without a shared Lease.'),
  skipEvents: row(
    'counter',
    'skip_events_total',
    ['result'],
    'Kubernetes Events about skipped objects: created, already existing, or failed.',
  ),
} as const satisfies Record<string, MetricRow>

type Rows = { readonly [K in keyof typeof metricRows]: MetricRow }

/** The metrics about publishing to one edge. */
const ofEdge: ReadonlySet<string> = new Set<keyof Rows>([
  ...(['programming', 'publishes', 'failures', 'duration', 'bytes', 'writes', 'budget'] as const),
  ...(['deferred', 'published', 'asOf', 'skew', 'held'] as const),
])

/** The rows of an agent with several edges: those about publishing get the label `edge` in front of their own. */
export function withEdgeLabel(rows: Rows): Rows {
  const labelled = Object.entries(rows).map(([key, each]) => [
    key,
    ofEdge.has(key) ? { ...each, labels: ['edge', ...each.labels] } : each,
  ])
  return Object.fromEntries(labelled) as Rows
}
