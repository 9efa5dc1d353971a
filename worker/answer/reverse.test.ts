import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { nameFromText, nameToText } from '../../dns/name.ts'
import { reverseNameOf } from '../../dns/reverse.ts'
import type { Owner } from '../../snapshot/schema.ts'
import { type Dig, dig, endpoint, managed, namespace, port, service, slice } from '../../test/dig.ts'
import { clusterConfig } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'
import { answerTo, startUpstream } from '../upstream/upstream.case.ts'
import { lookupReverse } from './reverse.ts'

const reverse = ['10.96.0.0/12', '10.244.0.0/16', 'fd00:10::/32']
const { ask } = await dig([{ objects: sampleObjects, zones: ['prod.example.com', 'cluster.local'], reverse }])

function nameOf(address: string): string {
  return nameToText(reverseNameOf(address) ?? '')
}

test('a cluster IP has the name of its Service, in the primary zone', async () => {
  await ask('10.0.96.10.in-addr.arpa PTR')
    .answers`10.0.96.10.in-addr.arpa. 5 IN PTR web.prod.svc.prod.example.com.`
  await ask('10.0.96.10.IN-ADDR.arpa PTR')
    .answers`10.0.96.10.IN-ADDR.arpa. 5 IN PTR web.prod.svc.prod.example.com.`
  await ask(`${nameOf('fd00:10:96::b')} PTR`)
    .answers`b.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa. 5 IN PTR dual.prod.svc.prod.example.com.`
})

test('an endpoint has the name with its hostname, or with its address', async () => {
  await ask('7.1.244.10.in-addr.arpa PTR')
    .answers`7.1.244.10.in-addr.arpa. 5 IN PTR db-0.db.prod.svc.prod.example.com.`
  await ask('8.1.244.10.in-addr.arpa PTR')
    .answers`8.1.244.10.in-addr.arpa. 5 IN PTR 10-244-1-8.peers.prod.svc.prod.example.com.`
  await ask('5.1.244.10.in-addr.arpa PTR')
    .answers`5.1.244.10.in-addr.arpa. 5 IN PTR 10-244-1-5.web.prod.svc.prod.example.com.`
})

test('an endpoint that is not ready has no name', async () => {
  await ask('9.1.244.10.in-addr.arpa PTR').nxdomain('244.10.in-addr.arpa')
})

test('a range that does not end at a label boundary becomes one zone per label', async () => {
  await ask('1.0.100.10.in-addr.arpa PTR').nxdomain('100.10.in-addr.arpa')
})

test('an endpoint of several Services has one name in each', async () => {
  const both = [endpoint('10.244.3.1', 'pod')]
  const at = await dig([
    {
      reverse,
      objects: [
        namespace('x'),
        service('x/governing', { clusterIP: 'None' }),
        slice('x/governing', both, [port('a:80')]),
        slice('x/governing', both, [port('b:81')]),
        service('x/reading', { clusterIP: '10.96.7.7' }),
        slice('x/reading', [endpoint('10.244.3.1')], [port('a:80')]),
      ],
    },
  ])
  await at.ask('1.3.244.10.in-addr.arpa PTR').answers`
    1.3.244.10.in-addr.arpa. 5 IN PTR pod.governing.x.svc.cluster.local.
    1.3.244.10.in-addr.arpa. 5 IN PTR 10-244-3-1.reading.x.svc.cluster.local.`
})

test('if a Service has the address, endpoints with the same address are not named', async () => {
  const at = await dig([
    {
      reverse,
      objects: [
        namespace('x'),
        service('x/own', { clusterIP: '10.96.7.7' }),
        service('x/peers', { clusterIP: 'None' }),
        slice('x/peers', [endpoint('10.96.7.7', 'peer')]),
      ],
    },
  ])
  await at.ask('7.7.96.10.in-addr.arpa PTR')
    .answers`7.7.96.10.in-addr.arpa. 5 IN PTR own.x.svc.cluster.local.`
})

test('an address of two Services has only one name', async () => {
  const own = { clusterIP: '10.96.7.7' }
  const at = await dig([{ reverse, objects: [namespace('x'), service('x/b', own), service('x/a', own)] }])
  await at.ask('7.7.96.10.in-addr.arpa PTR').answers`7.7.96.10.in-addr.arpa. 5 IN PTR a.x.svc.cluster.local.`
})

test('every partial name of a range exists without records, whether or not an address below it has a name', async () => {
  for (const type of ['PTR', 'A', 'SOA', 'TXT']) {
    await ask(`0.96.10.in-addr.arpa ${type}`).nodata('96.10.in-addr.arpa')
    await ask(`1.96.10.in-addr.arpa ${type}`).nodata('96.10.in-addr.arpa')
    await ask(`3.244.10.in-addr.arpa ${type}`).nodata('244.10.in-addr.arpa')
  }
  await ask('3.244.10.in-addr.arpa ANY').answers`3.244.10.in-addr.arpa. 5 IN HINFO "RFC8482" ""`
  // A whole name without an owner, and labels that are no address, do not exist.
  await ask('9.3.244.10.in-addr.arpa PTR').nxdomain('244.10.in-addr.arpa')
  await ask('256.244.10.in-addr.arpa PTR').nxdomain('244.10.in-addr.arpa')
  await ask('x.3.244.10.in-addr.arpa PTR').nxdomain('244.10.in-addr.arpa')
})

test('each nibble of an IPv6 range exists', async () => {
  const whole = nameOf('fd00:10:96::b').slice(0, -1)
  const zone = '0.1.0.0.0.0.d.f.ip6.arpa'
  for (let name = whole.slice(2); name !== zone; name = name.slice(2)) await ask(`${name} PTR`).nodata(zone)
  // fd00:10:96::1x and fd00:10:96::1xx have no address.
  await ask(`1.${whole.slice(4)} PTR`).nodata(zone)
  await ask(`1.${whole.slice(6)} PTR`).nodata(zone)
  await ask(`1.1.${whole.slice(4)} PTR`).nxdomain(zone)
})

test('the apex of a range has only SOA and NS', async () => {
  const { answers } = await ask('244.10.in-addr.arpa SOA').read()
  const soa = 'ns.dns.244.10.in-addr.arpa. hostmaster.244.10.in-addr.arpa. 1795435200 7200 1800 86400 5'
  assert.deepEqual(answers, [`244.10.in-addr.arpa. 5 IN SOA ${soa}`])
  await ask('244.10.in-addr.arpa NS').answers`244.10.in-addr.arpa. 5 IN NS ns.dns.244.10.in-addr.arpa.`
  await ask('244.10.in-addr.arpa PTR').nodata('244.10.in-addr.arpa')
})

test("in a private range that no cluster owns, only the apex and the parents of clusters' zones exist", async () => {
  await ask('1.1.168.192.in-addr.arpa PTR').nxdomain('168.192.in-addr.arpa')
  await ask('168.192.in-addr.arpa PTR').nodata('168.192.in-addr.arpa')
  await ask('10.in-addr.arpa PTR').nodata('10.in-addr.arpa')
  await ask('11.10.in-addr.arpa PTR').nxdomain('10.in-addr.arpa')
  await ask('0.0.d.f.ip6.arpa PTR').nodata('d.f.ip6.arpa')
})

test('public addresses are outside the zones', async () => {
  await ask('8.8.8.8.in-addr.arpa PTR').error(20).refused()
})

const upstream = await startUpstream()
after(() => upstream.stop())

/** A cluster with pods and a Service at public addresses and its own range, and an edge that forwards. */
const publicSite = {
  reverse,
  reversePublic: true,
  zones: ['prod.example.com', 'cluster.local'],
  objects: [
    namespace('x'),
    service('x/web', { clusterIP: '5.6.7.10', selector: { app: 'web' } }),
    service('x/db', { clusterIP: 'None', selector: { app: 'db' } }),
    managed(slice('x/db', [endpoint('2606:4700::10', 'db-0'), endpoint('10.244.7.7', 'db-1')])),
    managed(slice('x/web', [endpoint('5.6.7.20')])),
    service('x/by-hand', { clusterIP: 'None' }),
    slice('x/by-hand', [endpoint('8.8.8.8'), endpoint('5.6.7.30')]),
  ],
}

const forwarding = { upstream: { urls: [upstream.url], timeoutMs: 2_000, forward: true, cacheBytes: 1 } }

const isForwarded = async (at: Dig, question: string): Promise<void> => {
  upstream.asked.length = 0
  const { authoritative, rcode } = await at.ask(question).read()
  assert.deepEqual([authoritative, rcode, upstream.asked.length], [false, 'NXDOMAIN', 1], question)
}

test('with reversePublic, the name of a public address that the cluster has is a zone with this name alone', async () => {
  upstream.say = (query) => answerTo(query, [], { rcode: 3 })
  const at = await dig([publicSite], forwarding)
  await at.ask('10.7.6.5.in-addr.arpa PTR')
    .answers`10.7.6.5.in-addr.arpa. 5 IN PTR web.x.svc.prod.example.com.`
  await at.ask('20.7.6.5.IN-ADDR.arpa PTR')
    .answers`20.7.6.5.IN-ADDR.arpa. 5 IN PTR 5-6-7-20.web.x.svc.prod.example.com.`
  const six = nameOf('2606:4700::10').slice(0, -1)
  const { answers, authoritative } = await at.ask(`${six} PTR`).read()
  assert.deepEqual([answers, authoritative], [[`${six}. 5 IN PTR db-0.db.x.svc.prod.example.com.`], true])
  for (const type of ['A', 'TXT', 'SOA', 'NS']) {
    await at.ask(`10.7.6.5.in-addr.arpa ${type}`).nodata('10.7.6.5.in-addr.arpa')
    await at.ask(`${six} ${type}`).nodata(six)
  }
  assert.deepEqual(upstream.asked, [])
})

test('parents, siblings, names below, and addresses of hand-made slices stay outside', async () => {
  upstream.say = (query) => answerTo(query, [], { rcode: 3 })
  const at = await dig([publicSite], forwarding)
  const six = nameOf('2606:4700::10').slice(0, -1)
  const outside = [
    '11.7.6.5.in-addr.arpa',
    '7.6.5.in-addr.arpa',
    '5.in-addr.arpa',
    'x.10.7.6.5.in-addr.arpa',
    'ns.dns.10.7.6.5.in-addr.arpa',
    '8.8.8.8.in-addr.arpa',
    '30.7.6.5.in-addr.arpa',
    `1${six.slice(1)}`,
    six.slice(2),
    `x.${six}`,
  ]
  for (const name of outside) for (const type of ['PTR', 'A']) await isForwarded(at, `${name} ${type}`)
  const refusing = await dig([publicSite])
  for (const name of outside) await refusing.ask(`${name} PTR`).error(20).refused()
  // Ranges are as without it.
  await at.ask('7.7.244.10.in-addr.arpa PTR')
    .answers`7.7.244.10.in-addr.arpa. 5 IN PTR db-1.db.x.svc.prod.example.com.`
  await at.ask('1.1.168.192.in-addr.arpa PTR').nxdomain('168.192.in-addr.arpa')
})

test('without reversePublic, the edge answers for its ranges only', async () => {
  const at = await dig([{ ...publicSite, reversePublic: false }])
  await at.ask('10.7.6.5.in-addr.arpa PTR').error(20).refused()
})

test('of several clusters with reversePublic, the first answers', async () => {
  const other = [namespace('y'), service('y/web', { clusterIP: '5.6.7.11' })]
  const second = { id: 'second', zones: ['b.example'], reversePublic: true, objects: other }
  const at = await dig([publicSite, second])
  await at.ask('10.7.6.5.in-addr.arpa PTR')
    .answers`10.7.6.5.in-addr.arpa. 5 IN PTR web.x.svc.prod.example.com.`
  await at.ask('11.7.6.5.in-addr.arpa PTR').error(20).refused()
})

test('an old snapshot still has its public addresses, and all others stay outside at any age', async () => {
  const at = await dig([publicSite])
  at.clock.advance(16 * 60_000)
  await at.ask('10.7.6.5.in-addr.arpa PTR').error(3)
    .answers`10.7.6.5.in-addr.arpa. 5 IN PTR web.x.svc.prod.example.com.`
  await at.ask('10.7.6.5.in-addr.arpa A').error(3).nodata('10.7.6.5.in-addr.arpa')
  await at.ask('11.7.6.5.in-addr.arpa PTR').error(20).refused()
  at.clock.advance(24 * 60 * 60_000)
  await at.ask('10.7.6.5.in-addr.arpa PTR').error(14).servfail()
  await at.ask('11.7.6.5.in-addr.arpa PTR').error(20).refused()
})

test('without a snapshot a public name is outside; while its shard cannot be read, it is SERVFAIL', async () => {
  const at = await dig([publicSite], { memoryBytes: 1, answerBytes: 1 })
  for (const key of at.kv.entries.keys()) if (key.includes('/blob/')) at.kv.entries.delete(key)
  await at.ask('10.7.6.5.in-addr.arpa PTR').error(22).servfail()
  await at.ask('10.7.7.5.in-addr.arpa PTR').error(20).refused()
  const empty = await dig([{ reversePublic: true, objects: [] }])
  empty.kv.entries.clear()
  await empty.ask('10.7.6.5.in-addr.arpa PTR').error(20).refused()
})

test('a forward name has no PTR', async () => {
  await ask('web.prod.svc.cluster.local PTR').nodata('cluster.local')
  await ask('10.0.96.10.cluster.local PTR').nxdomain('cluster.local')
})

test('each cluster answers only for addresses in its own ranges', async () => {
  const own = (ip: string) => [namespace('x'), service('x/web', { clusterIP: ip })]
  const at = await dig([
    { id: 'a', zones: ['a.example'], reverse: ['10.1.0.0/16'], objects: own('10.1.0.1') },
    // This cluster has an address in the other cluster's range.
    { id: 'b', zones: ['b.example'], reverse: ['10.2.0.0/16'], objects: own('10.1.0.2') },
  ])
  await at.ask('1.0.1.10.in-addr.arpa PTR').answers`1.0.1.10.in-addr.arpa. 5 IN PTR web.x.svc.a.example.`
  await at.ask('2.0.1.10.in-addr.arpa PTR').nxdomain('1.10.in-addr.arpa')
  await at.ask('1.0.2.10.in-addr.arpa PTR').nxdomain('2.10.in-addr.arpa')
})

test('an owner that a snapshot names twice is named once', () => {
  const prefix = { family: 4, bytes: Uint8Array.of(10, 0, 0, 1), bits: 32 } as const
  const zone = nameFromText('10.in-addr.arpa')
  const cluster = clusterConfig({ id: 'a' })
  const place = { kind: 'reverse', cluster, zone, isApex: false, prefix } as const
  const owners = new Map([['10.0.0.1', [['x', 'db', 'db-0']]]] as const)
  const blob = { kind: 'reverse', owners } as const
  const found = lookupReverse(place, { reverse: blob, endpointReverse: blob }, 'all')
  assert.deepEqual(found, { kind: 'pointers', targets: [nameFromText('db-0.db.x.svc').slice(0, -1)] })
  const hidden = lookupReverse(place, { reverse: blob, endpointReverse: blob }, new Set(['y']))
  assert.equal(hidden.kind, 'nothing')
})

test('an address of a hidden Service names the endpoints that the caller may see', () => {
  const prefix = { family: 4, bytes: Uint8Array.of(10, 0, 0, 1), bits: 32 } as const
  const zone = nameFromText('10.in-addr.arpa')
  const place = { kind: 'reverse', cluster: clusterConfig({}), zone, isApex: false, prefix } as const
  const owners = new Map([
    [
      '10.0.0.1',
      [
        ['hidden', 'web'],
        ['x', 'db', 'db-0'],
      ],
    ],
  ] as const)
  const blobs = { reverse: { kind: 'reverse', owners } } as const
  const target = (name: string): ReturnType<typeof nameFromText> => nameFromText(name).slice(0, -1)
  const found = (visible: ReadonlySet<string>): unknown => lookupReverse(place, blobs, visible)
  assert.deepEqual(found(new Set(['x'])), { kind: 'pointers', targets: [target('db-0.db.x.svc')] })
  assert.deepEqual(found(new Set(['x', 'hidden'])), { kind: 'pointers', targets: [target('web.hidden.svc')] })
})

test('thousands of names that one namespace gives an address do not push out those of others', () => {
  const prefix = { family: 4, bytes: Uint8Array.of(10, 0, 0, 1), bits: 32 } as const
  const zone = nameFromText('10.in-addr.arpa')
  const place = { kind: 'reverse', cluster: clusterConfig({}), zone, isApex: false, prefix } as const
  const claimed = Array.from({ length: 3_000 }, (_, n): Owner => ['a', 'claims', `name-${n}`])
  const owners = new Map<string, Owner[]>([['10.0.0.1', [...claimed, ['x', 'owns', 'pod']]]])
  const found = lookupReverse(place, { reverse: { kind: 'reverse', owners } }, 'all')
  assert.equal(found.kind, 'pointers')
  const targets = found.kind === 'pointers' ? found.targets.map((target) => nameToText(`${target}\0`)) : []
  assert.deepEqual(targets.slice(0, 3), ['name-0.claims.a.svc.', 'pod.owns.x.svc.', 'name-1.claims.a.svc.'])
  assert.equal(targets.length, 3_001)
})
