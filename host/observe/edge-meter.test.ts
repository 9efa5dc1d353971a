import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameFromText } from '../../dns/name.ts'
import { readExposition } from '../../observe/exposition.case.ts'
import { clusterConfig } from '../../worker/edge.case.ts'
import { cellsFor } from './cells.ts'
import { createEdgeMeter, type EdgeMeter } from './edge-meter.ts'
import { edgeText } from './edge-text.ts'
import { ingestCodes, limits } from './label-values.ts'

const clusters = [clusterConfig({ zones: ['cluster.local', 'prod.example'] })]
const cells = cellsFor({ clusters })
const zone = nameFromText('prod.example')

/** Every series that is not 0, by its name and labels; of histograms the counts. */
function read({ counts }: EdgeMeter): Record<string, number> {
  const text = edgeText(cells, { counts, snapshots: [], workers: { running: 0, ended: 0 } }, 0)
  const samples = [...readExposition(text).values()].flatMap((family) => [...family.samples])
  return Object.fromEntries(samples.filter(([key, value]) => value !== 0 && !/_(bucket|sum)\{/.test(key)))
}

test('an answer is counted by zone, transport and type, and by zone and rcode', () => {
  const edge = createEdgeMeter(cells)
  edge.meter.answered('udp', zone, 28, 3, performance.now())
  edge.meter.answered('udp', zone, 28, 0, performance.now())
  edge.meter.answered('http2', nameFromText('ip6.arpa'), 12, 0, performance.now())
  assert.deepEqual(read(edge), {
    'kubedoh_dns_requests_total{zone="prod.example.",proto="udp",type="AAAA"}': 2,
    'kubedoh_dns_requests_total{zone="ip6.arpa.",proto="http2",type="PTR"}': 1,
    'kubedoh_dns_responses_total{zone="prod.example.",rcode="NXDOMAIN"}': 1,
    'kubedoh_dns_responses_total{zone="prod.example.",rcode="NOERROR"}': 1,
    'kubedoh_dns_responses_total{zone="ip6.arpa.",rcode="NOERROR"}': 1,
    'kubedoh_dns_request_duration_seconds_count{zone="prod.example.",proto="udp"}': 2,
    'kubedoh_dns_request_duration_seconds_count{zone="ip6.arpa.",proto="http2"}': 1,
  })
})

test('unknown zones, types, rcodes and statuses share one value each', () => {
  const edge = createEdgeMeter(cells)
  for (const [type, rcode] of [
    [undefined, 9],
    [65_535, 4_095],
    [0, 9],
  ] as const)
    edge.meter.answered('tcp', type === 0 ? nameFromText('not.configured') : undefined, type, rcode, 0)
  edge.meter.responded(418)
  edge.meter.responded(599)
  assert.deepEqual(read(edge), {
    'kubedoh_dns_requests_total{zone=".",proto="tcp",type="other"}': 3,
    'kubedoh_dns_responses_total{zone=".",rcode="other"}': 3,
    'kubedoh_dns_request_duration_seconds_count{zone=".",proto="tcp"}': 3,
    'kubedoh_http_responses_total{status="other"}': 2,
  })
})

test('a duration is in the smallest bucket that holds it', () => {
  const edge = createEdgeMeter(cells)
  edge.meter.answered('dot', zone, 1, 0, performance.now() - 100)
  edge.meter.answered('dot', zone, 1, 0, performance.now() - 60_000)
  const { counts } = edge
  const text = edgeText(cells, { counts, snapshots: [], workers: { running: 0, ended: 0 } }, 0)
  const { samples } = readExposition(text).get('kubedoh_dns_request_duration_seconds') ?? assert.fail()
  const bucket = (le: string): number | undefined =>
    samples.get(`kubedoh_dns_request_duration_seconds_bucket{zone="prod.example.",proto="dot",le="${le}"}`)
  assert.deepEqual([bucket('0.064'), bucket('0.128'), bucket('8.192'), bucket('+Inf')], [0, 1, 1, 2])
})

test('every limit and every code has a series, and other events are counted', () => {
  const edge = createEdgeMeter(cells)
  const { meter } = edge
  for (const limit of limits) meter.limited(limit)
  for (const code of ingestCodes) meter.refused(code)
  for (const isHit of [true, true, false]) meter.searched(isHit)
  meter.asked('garbage')
  meter.connected('dot')
  meter.connected('dot')
  meter.disconnected('dot')
  assert.deepEqual(read(edge), {
    ...Object.fromEntries(limits.map((limit) => [`kubedoh_limit_hits_total{limit="${limit}"}`, 1])),
    ...Object.fromEntries(ingestCodes.map((code) => [`kubedoh_ingest_refusals_total{code="${code}"}`, 1])),
    kubedoh_cache_hits_total: 2,
    kubedoh_cache_misses_total: 1,
    'kubedoh_upstream_requests_total{result="garbage"}': 1,
    'kubedoh_connections_total{proto="dot"}': 2,
    'kubedoh_open_connections{proto="dot"}': 1,
  })
})
