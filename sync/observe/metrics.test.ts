import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExposition } from '../../observe/exposition.case.ts'
import { agentEvents, edgeUrl } from '../events.case.ts'
import { resources } from '../kube/resources.ts'
import { metricRows } from './metric-rows.ts'
import { createMetrics, type Metrics } from './metrics.ts'

function open(hasLease = false, edges = [edgeUrl]): Metrics {
  return createMetrics({
    resources,
    hasLease,
    edges,
    nowMs: () => 1_000_000,
  })
}

/** Every sample of a metric's own families that is not 0. */
function read(metrics: Metrics): Record<string, number> {
  const families = readExposition(metrics.text())
  const shown = [...families].flatMap(([name, { samples }]) =>
    name.startsWith('kubedoh_') ? [...samples] : [],
  )
  return Object.fromEntries(shown.filter(([key, value]) => value !== 0 && !key.includes('_bucket{')))
}

const atFirst = {
  kubedoh_policy_valid: 1,
}

test('every metric exists from the start, counters at 0', () => {
  const families = readExposition(open(true).text())
  const rows = Object.values(metricRows)
  assert.deepEqual(
    [...families.keys()],
    rows.map(({ name }) => name),
  )
  for (const [name, { samples }] of families) assert.ok(samples.size > 0, `${name} has no series`)
  assert.deepEqual(read(open(true)), {
    ...atFirst,
    kubedoh_publish_write_budget_remaining: Number.POSITIVE_INFINITY,
  })
})

test('names follow the conventions of Prometheus', () => {
  for (const { name, type, labels, help } of Object.values(metricRows)) {
    assert.match(name, /^kubedoh_[a-z]+(_[a-z]+)*$/)
    assert.equal(name.endsWith('_total'), type === 'counter', name)
    assert.doesNotMatch(name, /_(ms|milliseconds|kb|count|sum|bucket)(_|$)/, 'base units, no reserved ending')
    if (type === 'histogram') assert.match(name, /_seconds$/)
    for (const label of labels) assert.match(label, /^[a-z_]+$/)
    assert.match(help, /^[A-Z1].*\.$/, name)
  }
})

test('a replica without a Lease leads', () => {
  assert.equal(read(open()).kubedoh_leader, 1)
})

test('lists, watches and their failures are counted by resource', () => {
  const metrics = open(true)
  metrics.notify(agentEvents.listed(41, 5_000))
  metrics.notify(agentEvents.listed(42, 6_000))
  metrics.notify(agentEvents.watching)
  metrics.notify(agentEvents.event('bookmark', 7_500))
  metrics.notify(agentEvents.interrupted('KUBE_EXPIRED'))
  assert.deepEqual(read(metrics), {
    ...atFirst,
    'kubedoh_reflector_synced{resource="endpointslices"}': 1,
    'kubedoh_reflector_last_proof_timestamp_seconds{resource="endpointslices"}': 7.5,
    'kubedoh_reflector_lists_total{resource="endpointslices"}': 2,
    'kubedoh_reflector_listed_objects{resource="endpointslices"}': 42,
    'kubedoh_reflector_watches_total{resource="endpointslices"}': 1,
    'kubedoh_reflector_events_total{resource="endpointslices",type="bookmark"}': 1,
    'kubedoh_reflector_interruptions_total{resource="endpointslices",code="KUBE_EXPIRED"}': 1,
    kubedoh_publish_write_budget_remaining: Number.POSITIVE_INFINITY,
  })
})

test('a publish counts its writes, the skipped objects by cause (never by their text) and the remaining budget', () => {
  const metrics = open(true)
  const skipped = [
    { kind: 'Service', object: 'a/b', cause: 'cluster_ip', reason: 'it has no cluster IP' },
    { kind: 'Service', object: 'a/c', cause: 'cluster_ip', reason: 'port 0 is a text about something else' },
  ] as const
  metrics.notify({ kind: 'lease', known: true, leading: true })
  metrics.notify({ edge: edgeUrl, kind: 'failed', code: 'EDGE_UNREACHABLE' })
  metrics.notify({ edge: edgeUrl, kind: 'failed', code: 'ROOT_FUTURE' })
  metrics.notify(
    agentEvents.round({
      skipped,
      blobs: 3,
      bytes: 700,
      ms: 250,
      atMs: 2_000_000,
      asOfMs: 1_999_000,
      edgeAheadMs: -90_000,
      waiting: 7,
    }),
  )
  metrics.skipEvent('exists')
  assert.deepEqual(read(metrics), {
    ...atFirst,
    'kubedoh_publishes_total{kind="content"}': 1,
    'kubedoh_publish_failures_total{code="EDGE_UNREACHABLE"}': 1,
    'kubedoh_publish_failures_total{code="ROOT_FUTURE"}': 1,
    kubedoh_publish_duration_seconds_sum: 0.25,
    kubedoh_publish_duration_seconds_count: 1,
    kubedoh_publish_bytes_total: 700,
    kubedoh_publish_writes_total: 4,
    // The burst is a day's worth at a key a minute, of which 10 keys are used.
    kubedoh_publish_write_budget_remaining: 1430,
    kubedoh_publish_last_success_timestamp_seconds: 2000,
    kubedoh_published_as_of_timestamp_seconds: 1999,
    kubedoh_publish_late_shards: 7,
    kubedoh_edge_clock_ahead_seconds: -90,
    'kubedoh_published_objects{kind="Namespace"}': 2,
    'kubedoh_published_objects{kind="Service"}': 5,
    'kubedoh_skipped_objects{kind="Service",reason="cluster_ip"}': 2,
    kubedoh_leader: 1,
    'kubedoh_skip_events_total{result="exists"}': 1,
  })
  metrics.notify(agentEvents.round({ kind: 'nothing', atMs: 2_000_000 }))
  const later = readExposition(metrics.text())
  const of = (name: string): ReadonlyMap<string, number> => later.get(name)?.samples ?? assert.fail(name)
  assert.equal(
    of('kubedoh_skipped_objects').get('kubedoh_skipped_objects{kind="Service",reason="cluster_ip"}'),
    0,
    'objects that are no longer skipped are shown as 0',
  )
  assert.equal(of('kubedoh_publish_writes_total').get('kubedoh_publish_writes_total'), 4)
})

test('a replica that does not lead reports no published or skipped objects', () => {
  const metrics = open(true)
  const skipped = [
    { kind: 'Service', object: 'a/b', cause: 'cluster_ip', reason: 'it has no cluster IP' },
  ] as const
  metrics.notify(agentEvents.round({ skipped, atMs: 0 }))
  metrics.notify({ edge: edgeUrl, kind: 'standby' })
  assert.deepEqual(
    Object.keys(read(metrics)).filter((name) => /skipped|published_objects/.test(name)),
    [],
  )
})

test('programming times are shown by the kind of Service', () => {
  const metrics = open()
  metrics.notify(agentEvents.slice('prod', 'web', 10_000))
  metrics.notify(agentEvents.roundStart)
  metrics.notify(agentEvents.round({ atMs: 10_600 }))
  const samples = readExposition(metrics.text()).get('kubedoh_dns_programming_duration_seconds')?.samples
  const at = (suffix: string): number | undefined =>
    samples?.get(`kubedoh_dns_programming_duration_seconds_${suffix}`)
  assert.equal(at('sum{service_kind="cluster_ip"}'), 0.6)
  assert.equal(at('bucket{service_kind="cluster_ip",le="0.512"}'), 0)
  assert.equal(at('bucket{service_kind="cluster_ip",le="1.024"}'), 1)
  assert.equal(at('count{service_kind="headless_without_selector"}'), 0)
})

test('held deletions are shown by kind while they are held back', () => {
  const metrics = open()
  const loss = {
    kind: 'Service',
    of: 60,
    lost: 50,
    left: 10,
    most: 50,
    emptied: false,
    keys: new Set<string>(),
  } as const
  metrics.notify({ edge: edgeUrl, kind: 'deletions-held', losses: [loss] })
  assert.equal(read(metrics)['kubedoh_held_deletions{kind="Service"}'], 50)
  metrics.notify({ edge: edgeUrl, kind: 'deletions-held', losses: [] })
  assert.equal(read(metrics)['kubedoh_held_deletions{kind="Service"}'], undefined)
})

test('a broken policy is shown until it is valid again, and counted', () => {
  const metrics = open()
  metrics.notify({ kind: 'policy', problems: ['line 1: a fault', 'line 2: another'] })
  metrics.notify({ kind: 'policy', problems: ['line 1: a fault'] })
  const broken = read(metrics)
  assert.equal(broken.kubedoh_policy_valid, undefined, 'it is 0')
  assert.equal(broken.kubedoh_policy_errors_total, 2)
  metrics.notify({ kind: 'policy', problems: [] })
  assert.equal(read(metrics).kubedoh_policy_valid, 1)
})

test('with several edges, the metrics of publishing have the label edge, and each edge its own series', () => {
  const other = 'https://other.example'
  const metrics = open(false, [edgeUrl, other])
  metrics.notify(agentEvents.roundStart)
  metrics.notify(agentEvents.round({ blobs: 2, bytes: 100, atMs: 1_000 }))
  metrics.notify({ edge: other, kind: 'failed', code: 'EDGE_UNREACHABLE' })
  const shown = read(metrics)
  assert.equal(shown[`kubedoh_publishes_total{edge="${edgeUrl}",kind="content"}`], 1)
  assert.equal(shown[`kubedoh_publishes_total{edge="${other}",kind="content"}`], undefined)
  assert.equal(shown[`kubedoh_publish_failures_total{edge="${other}",code="EDGE_UNREACHABLE"}`], 1)
  assert.equal(shown[`kubedoh_publish_last_success_timestamp_seconds{edge="${edgeUrl}"}`], 1)
  assert.equal(shown['kubedoh_published_objects{kind="Service"}'], 5)
})
