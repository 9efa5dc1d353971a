import type { MetricRow } from '../../observe/prometheus.ts'

const row = (type: MetricRow['type'], name: string, labels: readonly string[], help: string): MetricRow => ({
  name: `kubedoh_${name}`,
  type,
  labels,
  help,
})

/**
 * Every metric of an edge. Names and labels are CoreDNS's where CoreDNS has the metric, with another prefix. No label has
 * more values than the configuration or the code: none has a qname, a token or an address.
 */
export const edgeRows = {
  requests: row(
    'counter',
    'dns_requests_total',
    ['zone', 'proto', 'type'],
    'DNS queries that were answered. The zone is a configured one, in-addr.arpa. or ip6.arpa., and "." for all other names; rare types are "other".',
  ),
  responses: row('counter', 'dns_responses_total', ['zone', 'rcode'], 'DNS answers by rcode.'),
  duration: row(
    'histogram',
    'dns_request_duration_seconds',
    ['zone', 'proto'],
    'Time from the arrival of a query to its answer. With HTTP it includes reading the body, which the client may send slowly.',
  ),
  cacheHits: row('counter', 'cache_hits_total', [], 'Queries that were answered from the answer cache.'),
  cacheMisses: row('counter', 'cache_misses_total', [], 'Queries that the answer cache had no answer to.'),
  http: row(
    'counter',
    'http_responses_total',
    ['status'],
    'Responses over HTTP; the status is 200 for every DNS answer.',
  ),
  limits: row(
    'counter',
    'limit_hits_total',
    ['limit'],
    'Requests and connections that were refused, dropped or made to wait because of a limit.',
  ),
  upstream: row(
    'counter',
    'upstream_requests_total',
    ['result'],
    'Attempts at upstream resolvers: an answer, another rcode, no answer in time (network), or not a DNS answer (garbage).',
  ),
  refusals: row(
    'counter',
    'ingest_refusals_total',
    ['code'],
    'Requests of agents that were refused, by the code in the log. Anyone can cause those without a valid proof.',
  ),
  opened: row('counter', 'connections_total', ['proto'], 'Connections that were opened by clients.'),
  open: row('gauge', 'open_connections', ['proto'], 'Connections that are open now.'),
  generation: row(
    'gauge',
    'snapshot_generation',
    ['cluster'],
    'Generation of the snapshot in force; absent without a snapshot.',
  ),
  age: row(
    'gauge',
    'snapshot_age_seconds',
    ['cluster'],
    'Time since the data of the snapshot in force was last known to be true; absent without a snapshot, and for a static one, which does not age.',
  ),
  state: row(
    'gauge',
    'snapshot_state',
    ['cluster', 'state'],
    '1 for the state of the cluster: fresh, stale, expired, static (of a file, does not age), or none (no snapshot); otherwise 0.',
  ),
  workers: row('gauge', 'edge_workers', [], 'Processes that answer queries.'),
  ended: row('counter', 'edge_worker_exits_total', [], 'Worker processes that ended and were replaced.'),
} as const satisfies Record<string, MetricRow>

export type EdgeMetric = keyof typeof edgeRows
