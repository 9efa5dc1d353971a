import type { MetricRow } from './prometheus.ts'

const row = (type: MetricRow['type'], name: string, labels: readonly string[], help: string): MetricRow => ({
  name: `kubedoh_${name}`,
  type,
  labels,
  help,
})

/**
 * Every metric of an agent. Names and units are as Prometheus and CoreDNS have them; reflector's are client-go's.
 */
export const metricRows = {
  programming: row(
    'histogram',
    'dns_programming_duration_seconds',
    ['service_kind'],
    'From the change of a pod or Service that an EndpointSlice names, to the root that the edge accepted with it.',
  ),
  synced: row('gauge', 'reflector_synced', ['resource'], '1 once the resource was listed completely.'),
  proof: row(
    'gauge',
    'reflector_last_proof_timestamp_seconds',
    ['resource'],
    'When a list, event or bookmark last proved that the watch is alive, Unix time; 0 before.',
  ),
  lists: row(
    'counter',
    'reflector_lists_total',
    ['resource'],
    'Complete lists; all but the first are relists.',
  ),
  objects: row('gauge', 'reflector_listed_objects', ['resource'], 'Objects in the last complete list.'),
  watches: row(
    'counter',
    'reflector_watches_total',
    ['resource'],
    'Watches begun; all but the first are restarts.',
  ),
  events: row('counter', 'reflector_events_total', ['resource', 'type'], 'Events of watches.'),
  interruptions: row(
    'counter',
    'reflector_interruptions_total',
    ['resource', 'code'],
    'Lists and watches that failed and were tried again, by the code in the log.',
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
    'From the begin of a round to the acceptance of its root.',
  ),
  bytes: row('counter', 'publish_bytes_total', [], 'Bytes of blobs and roots that the edge accepted.'),
  writes: row('counter', 'publish_writes_total', [], "Keys written to the edge's store: blobs and roots."),
  budget: row(
    'gauge',
    'publish_write_budget_remaining',
    [],
    'Keys that may be written at once before publishing slows down; +Inf where the edge declares no budget.',
  ),
  late: row(
    'gauge',
    'publish_late_shards',
    [],
    'Shards of endpoint names and pod addresses that keep their published state until the write budget allows for them.',
  ),
  published: row(
    'gauge',
    'publish_last_success_timestamp_seconds',
    [],
    'When a round last ended well, Unix time; 0 before.',
  ),
  asOf: row(
    'gauge',
    'published_as_of_timestamp_seconds',
    [],
    "When the published data was last known to be true, the edge's Unix time; 0 before.",
  ),
  skew: row(
    'gauge',
    'edge_clock_ahead_seconds',
    [],
    "By how much the edge's clock is ahead of the agent's; times in roots are the edge's.",
  ),
  counts: row('gauge', 'published_objects', ['kind'], 'Namespaces and Services in the published root.'),
  skipped: row(
    'gauge',
    'skipped_objects',
    ['kind', 'reason'],
    'Objects, or parts of them, that have no place in DNS at present, by what is wrong.',
  ),
  held: row(
    'gauge',
    'held_deletions',
    ['kind'],
    'Objects whose deletion is held back, as they are most of their kind; 0 while nothing is.',
  ),
  leader: row('gauge', 'leader', [], '1 while this replica publishes; always where replicas share no Lease.'),
  skipEvents: row(
    'counter',
    'skip_events_total',
    ['result'],
    'Kubernetes Events about skipped objects: created, already there, or failed.',
  ),
  build: row('gauge', 'build_info', ['version', 'node_version'], 'Always 1.'),
} as const satisfies Record<string, MetricRow>

/** What every Prometheus client tells of its process. */
export const processRows = {
  cpu: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    labels: [],
    help: 'User and system CPU time.',
  },
  memory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Resident memory.',
  },
  start: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the process began, Unix time.',
  },
} as const satisfies Record<string, MetricRow>
