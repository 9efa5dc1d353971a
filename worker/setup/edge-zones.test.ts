import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { test } from 'node:test'
import { type EdgeZones, readEdgeZones } from '../../setup/edge-zones.ts'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { newToken } from '../../snapshot/policy/token.ts'
import { type Dig, dig, namespace } from '../../test/dig.ts'
import { get } from '../edge.case.ts'

const draw = (cluster: string): string => newToken(cluster, (bytes) => randomFillSync(bytes))
const [all, some, other, nothing] = ['one', 'one', 'two', 'two'].map(draw) as [string, string, string, string]

const policyOf = (entries: readonly string[], rest = ''): string =>
  `version: 1\ntokens:\n${entries.map((entry) => `  - ${entry}\n`).join('')}${rest}`

const one = {
  id: 'one',
  objects: [namespace('dev')],
  zones: ['one.example.com', 'cluster.local', 'svc'],
  reverse: ['10.96.0.0/16', 'fd00::/64'],
  policy: policyOf([
    `{ name: all, sha256: ${tokenSha256(all)}, all: true, forward: true, expires: 2026-12-24T00:00:00Z }`,
    `{ name: some, sha256: ${tokenSha256(some)}, namespaces: [dev] }`,
  ]),
}
const two = {
  id: 'two',
  objects: [namespace('dev')],
  zones: ['two.example.com'],
  reverse: ['172.16.0.0/12'],
  policy: policyOf(
    [
      `{ name: other, sha256: ${tokenSha256(other)}, all: true }`,
      `{ name: nothing, sha256: ${tokenSha256(nothing)}, namespaceLabels: team=none }`,
    ],
    'anonymous: { namespaces: [dev] }\n',
  ),
}
const upstream = {
  urls: ['https://upstream.example/dns-query'],
  timeoutMs: 1_000,
  forward: false,
  cacheBytes: 1_000,
}

async function zonesOf(edge: Dig, path: string, authorization?: string): Promise<EdgeZones> {
  const headers = authorization === undefined ? {} : { authorization }
  const { status, body } = await edge.send(get(path, headers))
  assert.equal(status, 200, String(body))
  return readEdgeZones(String(body))
}

const named = ({ zones }: EdgeZones): string[] =>
  zones.map(({ name, cluster, primary }) => `${name} ${cluster}${primary ? ' primary' : ''}`)

test("a token's zones are those of its cluster, with the native domain and the reverse ranges", async () => {
  const edge = await dig([one, two], { public: false, upstream })
  const zones = await zonesOf(edge, `/zones/${some}`)
  assert.deepEqual(named(zones), ['cluster.local one', 'one.example.com one primary', 'svc one'])
  assert.deepEqual(zones.reverse, ['fd00::/64', '10.96.0.0/16'])
  assert.deepEqual(
    [zones.complete, zones.forward, zones.expires, zones.dot, zones.path],
    [true, false, null, null, '/dns-query'],
  )
  const { forward, expires } = await zonesOf(edge, `/zones/${some},${all}`)
  assert.deepEqual({ forward, expires }, { forward: true, expires: '2026-12-24T00:00:00.000Z' })
  assert.deepEqual(await zonesOf(edge, '/zones', `Bearer ${some}`), zones)
})

test('several tokens see several clusters, the first one with its native domain and ranges', async () => {
  const edge = await dig([one, two], { public: false })
  const zones = await zonesOf(edge, `/zones/${other},${some}`)
  assert.deepEqual(named(zones), [
    'cluster.local two',
    'two.example.com two primary',
    'one.example.com one primary',
  ])
  assert.deepEqual(zones.reverse, ['172.16.0.0/12'])
})

test('a caller without a token sees the clusters whose policies admit it', async () => {
  const edge = await dig([one, two], { public: false, upstream: { ...upstream, forward: true } })
  const zones = await zonesOf(edge, '/zones')
  assert.deepEqual(named(zones), ['two.example.com two primary'])
  assert.deepEqual(zones.reverse, ['172.16.0.0/12'])
  assert.equal(zones.forward, true)
})

test('a token whose namespaces do not exist yet has the zones of its cluster', async () => {
  const edge = await dig([one, two], { public: false })
  assert.deepEqual(await zonesOf(edge, `/zones/${nothing}`), await zonesOf(edge, `/zones/${other}`))
})

test('a caller without a token that no cluster admits gets no zones', async () => {
  const edge = await dig([one], { public: false })
  assert.equal((await edge.send(get('/zones'))).status, 401)
  const open = await dig([one], { public: true })
  assert.deepEqual(named(await zonesOf(open, '/zones')), [])
})

test('the host of DNS over TLS is told while the edge listens for it', async () => {
  const edge = await dig([{ ...two, policy: undefined } as never], {
    public: true,
    dotHost: 'dns.example.com',
  })
  assert.equal((await zonesOf(edge, '/zones')).dot, null)
  edge.edge.dotPorts = [8_853, 853]
  assert.deepEqual((await zonesOf(edge, '/zones')).dot, { host: 'dns.example.com', port: 853 })
})

test('without a snapshot the list is not complete, and there is none if nothing else is known', async () => {
  const edge = await dig([two, one], { public: true })
  edge.kv.entries.clear()
  const cold = edge.restarted()
  const { status, headers } = await cold.send(get('/zones'))
  assert.deepEqual([status, headers['retry-after']], [503, '5'])
  assert.equal((await cold.send(get(`/zones/${some}`))).status, 503)
  await edge.publish(two)
  edge.clock.advance(1_000)
  const partly = readEdgeZones(String((await cold.send(get('/zones'))).body))
  assert.equal(partly.complete, false)
})

test('an expired snapshot refuses no caller without a token', async () => {
  const edge = await dig([one], { public: false })
  edge.clock.advance(25 * 60 * 60_000)
  assert.equal((await edge.send(get('/zones'))).status, 503)
})
