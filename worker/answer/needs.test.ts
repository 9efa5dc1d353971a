import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseCidr } from '../../dns/cidr.ts'
import { fold, nameFromText } from '../../dns/name.ts'
import type { Root, ShardFamily } from '../../snapshot/schema.ts'
import { shardOf } from '../../snapshot/shard.ts'
import { callerDefaults } from '../caller-config.ts'
import { clusterConfig, rootOf } from '../edge.case.ts'
import { hashInRoot, type Slot, slotId, slotsIn, slotsOf } from './needs.ts'
import { createZones, locate } from './zone.ts'

/** A hash that contains its position. */
function hashOf(place: string): string {
  return place.padEnd(43, '_')
}

function family(name: string, bits: number): ShardFamily {
  return { bits, shards: Array.from({ length: 2 ** bits }, (_, shard) => hashOf(`${name}-${bits}-${shard}`)) }
}

const root = rootOf({
  namespaces: { blob: hashOf('namespaces') },
  services: family('services', 4),
  endpoints: family('endpoints', 2),
  reverse: { '10.96.0.0': hashOf('reverse'), 'fd00::': hashOf('six') },
  endpointReverse: { '10.96.0.0': hashOf('endpoint') },
})
const reverse = ['10.96.0.0/16', 'fd00::/64'].flatMap((text) => parseCidr(text) ?? [])
const zones = createZones({
  public: true,
  deny: new Set(),
  ingest: true,
  memoryBytes: 1,
  answerBytes: 1,
  ...callerDefaults,
  clusters: [clusterConfig({ reverse })],
})

function needs(text: string, of: Root = root): string[] {
  const name = nameFromText(text)
  const place = locate(fold(name), name, zones)
  assert.ok('cluster' in place)
  return slotsOf(place, of).map(
    (slot) => `${slotId(slot)} ${hashInRoot(of, slot)?.replace(/_+$/, '') ?? 'empty'}`,
  )
}

const web = shardOf('prod/web', 4)
const webEndpoints = shardOf('prod/web', 2)
const six = '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa'
const table: readonly (readonly [name: string, needs: readonly string[]])[] = [
  ['cluster.local', []],
  ['svc.cluster.local', []],
  ['ns.dns.cluster.local', []],
  ['dns-version.cluster.local', []],
  ['_snapshot.cluster.local', []],
  ['foo.cluster.local', []],
  ['prod.svc.cluster.local', ['namespaces namespaces']],
  ['web.prod.svc.cluster.local', ['namespaces namespaces', `services/4/${web} services-4-${web}`]],
  ['_http._tcp.web.prod.svc.cluster.local', ['namespaces namespaces', `services/4/${web} services-4-${web}`]],
  [
    'WEB-0.Web.Prod.svc.cluster.local',
    [
      'namespaces namespaces',
      `services/4/${web} services-4-${web}`,
      `endpoints/2/${webEndpoints} endpoints-2-${webEndpoints}`,
    ],
  ],
  ['5.0.96.10.in-addr.arpa', ['reverse/10.96.0.0 reverse', 'endpointReverse/10.96.0.0 endpoint']],
  ['5.1.96.10.in-addr.arpa', ['reverse/10.96.1.0 empty', 'endpointReverse/10.96.1.0 empty']],
  // A partial name exists in any case.
  ['0.96.10.in-addr.arpa', []],
  ['96.10.in-addr.arpa', []],
  ['x.5.0.96.10.in-addr.arpa', []],
  [`0.0.0.${six}`, []],
  [`1.0.0.0.${six}`, ['reverse/fd00:: six', 'endpointReverse/fd00:: empty']],
]
for (const [name, wanted] of table) {
  test(`${name} needs ${wanted.join(' and ') || 'the root alone'}`, () =>
    assert.deepEqual(needs(name), wanted))
}

test('namespaces in the root, and endpoints without names, need no blob', () => {
  const small = rootOf({ namespaces: ['prod'], endpoints: null })
  assert.deepEqual(needs('x.web.prod.svc.cluster.local', small), ['services/0/0 empty'])
})

for (const [mode, needsOfNamespace, needsOfPod] of [
  ['disabled', [], []],
  ['insecure', ['namespaces namespaces'], ['namespaces namespaces']],
  ['verified', ['namespaces namespaces'], ['namespaces namespaces', 'podAddresses/10.244.1.0 pods']],
] as const) {
  test(`a pod's name needs ${needsOfPod.join(' and ') || 'the root alone'} in mode ${mode}`, () => {
    const of = rootOf({ ...root, pods: mode, podAddresses: { '10.244.1.0': hashOf('pods') } })
    assert.deepEqual(needs('prod.pod.cluster.local', of), needsOfNamespace)
    assert.deepEqual(needs('10-244-1-5.prod.pod.cluster.local', of), needsOfPod)
    assert.deepEqual(needs('web-0.prod.pod.cluster.local', of), [])
    if (mode !== 'verified') return
    assert.deepEqual(needs('fd00--105.prod.pod.cluster.local', of), [
      'namespaces namespaces',
      'podAddresses/fd00::100 empty',
    ])
  })
}

test('a property name of Object.prototype is not a shard prefix', () => {
  assert.equal(hashInRoot(root, { family: 'reverse', prefix: 'constructor' }), null)
  assert.equal(hashInRoot(root, { family: 'reverse', prefix: '__proto__' }), null)
})

const slot = (bits: number, shard: number): Slot => ({ family: 'services', bits, shard })
const withBits = (bits: number): Root => rootOf({ services: family('services', bits) })

test('the data of a shard is in its parts after a split, and in the larger shard after a merge', () => {
  assert.deepEqual(slotsIn(withBits(3), slot(3, 5)), [slot(3, 5)])
  assert.deepEqual(slotsIn(withBits(4), slot(3, 5)), [slot(4, 5), slot(4, 13)])
  assert.deepEqual(slotsIn(withBits(2), slot(3, 5)), [slot(2, 1)])
  assert.deepEqual(slotsIn(withBits(0), slot(3, 5)), [slot(0, 0)])
  assert.deepEqual(slotsIn(rootOf({ endpoints: null }), { family: 'endpoints', bits: 2, shard: 3 }), [
    { family: 'endpoints', bits: 0, shard: 0 },
  ])
  const address: Slot = { family: 'reverse', prefix: '10.96.0.0' }
  assert.deepEqual(slotsIn(withBits(4), address), [address])
})

test('after a change of the shard count, a service is in one of the slots that slotsIn returns', () => {
  const bits = fc.nat({ max: 8 })
  fc.assert(
    fc.property(fc.string(), bits, bits, (key, before, after) => {
      const slots = slotsIn(withBits(after), slot(before, shardOf(key, before)))
      assert.equal(slots.length, Math.max(1, 2 ** (after - before)))
      assert.ok(slots.some((each) => 'shard' in each && each.shard === shardOf(key, after)))
      for (const each of slots) assert.notEqual(hashInRoot(withBits(after), each), null)
    }),
  )
})

test('different slots have different IDs', () => {
  const slots: readonly Slot[] = [
    slot(1, 1),
    slot(2, 1),
    slot(11, 1),
    slot(1, 11),
    { family: 'endpoints', bits: 1, shard: 1 },
    { family: 'reverse', prefix: '10.0.0.0' },
    { family: 'endpointReverse', prefix: '10.0.0.0' },
    { family: 'podAddresses', prefix: '10.0.0.0' },
    { family: 'namespaces' },
  ]
  assert.equal(new Set(slots.map(slotId)).size, slots.length)
})
