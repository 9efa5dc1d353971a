import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TYPE } from '../../dns/code.ts'
import { maxMessageBytes } from '../../dns/limits.ts'
import { writeReply } from '../../dns/message/write-reply.ts'
import { labelName, nameFromText } from '../../dns/name.ts'
import type { Port } from '../../snapshot/schema.ts'
import { dig, endpoint, namespace, port, service, slice } from '../../test/dig.ts'
import { createRandom } from '../../test/seeded-random.ts'
import { sampleObjects } from '../sample.case.ts'
import { recordsOf } from './records.ts'

const { ask } = await dig([{ objects: sampleObjects }])

test('a Service with a cluster IP has that address, regardless of its endpoints', async () => {
  await ask('web.prod.svc.cluster.local A').answers`web.prod.svc.cluster.local. 5 IN A 10.96.0.10`
  await ask('bare.prod.svc.cluster.local A').answers`bare.prod.svc.cluster.local. 5 IN A 10.96.0.12`
  await ask('redis.prod.svc.cluster.local A').answers`redis.prod.svc.cluster.local. 5 IN A 10.96.0.13`
})

test('external addresses of a Service are ignored', async () => {
  await ask('lb.prod.svc.cluster.local A').answers`lb.prod.svc.cluster.local. 5 IN A 10.96.0.14`
})

test('each address family is answered separately, and a missing family is NODATA', async () => {
  await ask('dual.prod.svc.cluster.local A').answers`dual.prod.svc.cluster.local. 5 IN A 10.96.0.11`
  await ask('dual.prod.svc.cluster.local AAAA').answers`dual.prod.svc.cluster.local. 5 IN AAAA fd00:10:96::b`
  await ask('web.prod.svc.cluster.local AAAA').nodata('cluster.local')
  await ask('six.prod.svc.cluster.local A').nodata('cluster.local')
})

test('a headless Service has the addresses of its ready endpoints', async () => {
  await ask('db.prod.svc.cluster.local A').answers`
    db.prod.svc.cluster.local. 5 IN A 10.244.1.7
    db.prod.svc.cluster.local. 5 IN A 10.244.2.7`
  await ask('db.prod.svc.cluster.local AAAA').answers`db.prod.svc.cluster.local. 5 IN AAAA fd00:10:244::7`
  // 10.244.1.9 is not ready; 10.244.1.10 has no ready condition, which counts as ready.
  await ask('peers.prod.svc.cluster.local A').answers`
    peers.prod.svc.cluster.local. 5 IN A 10.244.1.8
    peers.prod.svc.cluster.local. 5 IN A 10.244.1.10`
})

test('a hostname has the addresses of its endpoints, in both families', async () => {
  await ask('db-0.db.prod.svc.cluster.local A').answers`db-0.db.prod.svc.cluster.local. 5 IN A 10.244.1.7`
  await ask('db-0.db.prod.svc.cluster.local AAAA')
    .answers`db-0.db.prod.svc.cluster.local. 5 IN AAAA fd00:10:244::7`
  await ask('db-1.db.prod.svc.cluster.local AAAA').nodata('cluster.local')
})

test('endpoints with the same hostname share its name, with one SRV', async () => {
  await ask('twin.twins.prod.svc.cluster.local A').answers`
    twin.twins.prod.svc.cluster.local. 5 IN A 10.244.1.11
    twin.twins.prod.svc.cluster.local. 5 IN A 10.244.1.12`
  await ask('twins.prod.svc.cluster.local SRV').additional`
    twin.twins.prod.svc.cluster.local. 5 IN A 10.244.1.11
    twin.twins.prod.svc.cluster.local. 5 IN A 10.244.1.12`
    .answers`twins.prod.svc.cluster.local. 5 IN SRV 0 50 7000 twin.twins.prod.svc.cluster.local.`
})

test('an endpoint without hostname is named by its stored address, with dashes', async () => {
  await ask('10-244-1-8.peers.prod.svc.cluster.local A')
    .answers`10-244-1-8.peers.prod.svc.cluster.local. 5 IN A 10.244.1.8`
  // A name must not end in a dash.
  await ask('fd00-10-244--0.peers.prod.svc.cluster.local AAAA')
    .answers`fd00-10-244--0.peers.prod.svc.cluster.local. 5 IN AAAA fd00:10:244::`
  await ask('fd00-10-244--.peers.prod.svc.cluster.local AAAA').nxdomain('cluster.local')
})

test('endpoints of a Service with a cluster IP have names, too', async () => {
  await ask('10-244-1-5.web.prod.svc.cluster.local A')
    .answers`10-244-1-5.web.prod.svc.cluster.local. 5 IN A 10.244.1.5`
})

test("the SRV of a Service with a cluster IP has the Service's ports", async () => {
  await ask('_http._tcp.web.prod.svc.cluster.local SRV')
    .additional`web.prod.svc.cluster.local. 5 IN A 10.96.0.10`
    .answers`_http._tcp.web.prod.svc.cluster.local. 5 IN SRV 0 100 80 web.prod.svc.cluster.local.`
})

test('the SRV of endpoints has the ports of their slices', async () => {
  await ask('_pg._tcp.db.prod.svc.cluster.local SRV').additional`
    db-0.db.prod.svc.cluster.local. 5 IN A 10.244.1.7
    db-0.db.prod.svc.cluster.local. 5 IN AAAA fd00:10:244::7
    db-1.db.prod.svc.cluster.local. 5 IN A 10.244.2.7`.answers`
    _pg._tcp.db.prod.svc.cluster.local. 5 IN SRV 0 33 15432 db-0.db.prod.svc.cluster.local.
    _pg._tcp.db.prod.svc.cluster.local. 5 IN SRV 0 33 15432 db-1.db.prod.svc.cluster.local.`
  await ask('10-244-1-5.web.prod.svc.cluster.local SRV').additional`
    10-244-1-5.web.prod.svc.cluster.local. 5 IN A 10.244.1.5`.answers`
    10-244-1-5.web.prod.svc.cluster.local. 5 IN SRV 0 50 8080 10-244-1-5.web.prod.svc.cluster.local.
    10-244-1-5.web.prod.svc.cluster.local. 5 IN SRV 0 50 8443 10-244-1-5.web.prod.svc.cluster.local.`
})

test('slices with different numbers for a port name each keep their own', async () => {
  await ask('_http._tcp.split.prod.svc.cluster.local SRV').additional`
    10-244-1-13.split.prod.svc.cluster.local. 5 IN A 10.244.1.13
    10-244-1-14.split.prod.svc.cluster.local. 5 IN A 10.244.1.14`.answers`
    _http._tcp.split.prod.svc.cluster.local. 5 IN SRV 0 50 80 10-244-1-13.split.prod.svc.cluster.local.
    _http._tcp.split.prod.svc.cluster.local. 5 IN SRV 0 50 8080 10-244-1-14.split.prod.svc.cluster.local.`
})

test('SRV without a port name has every port, including unnamed ones', async () => {
  await ask('web.prod.svc.cluster.local SRV').additional`web.prod.svc.cluster.local. 5 IN A 10.96.0.10`
    .answers`
    web.prod.svc.cluster.local. 5 IN SRV 0 33 80 web.prod.svc.cluster.local.
    web.prod.svc.cluster.local. 5 IN SRV 0 33 443 web.prod.svc.cluster.local.
    web.prod.svc.cluster.local. 5 IN SRV 0 33 53 web.prod.svc.cluster.local.`
  await ask('_._tcp.web.prod.svc.cluster.local SRV').additional`web.prod.svc.cluster.local. 5 IN A 10.96.0.10`
    .answers`
    _._tcp.web.prod.svc.cluster.local. 5 IN SRV 0 50 80 web.prod.svc.cluster.local.
    _._tcp.web.prod.svc.cluster.local. 5 IN SRV 0 50 443 web.prod.svc.cluster.local.`
  for (const name of ['redis.prod.svc.cluster.local.', '_._tcp.redis.prod.svc.cluster.local.']) {
    const { answers } = await ask(`${name} SRV`).read()
    assert.deepEqual(answers, [`${name} 5 IN SRV 0 100 6379 redis.prod.svc.cluster.local.`])
  }
})

test('the underscores of port names are optional', async () => {
  await ask('http.tcp.web.prod.svc.cluster.local SRV')
    .additional`web.prod.svc.cluster.local. 5 IN A 10.96.0.10`
    .answers`http.tcp.web.prod.svc.cluster.local. 5 IN SRV 0 100 80 web.prod.svc.cluster.local.`
})

test('the weight is 100 divided by the number of entries: both families of one port have 50', async () => {
  await ask('dual.prod.svc.cluster.local SRV').additional`
    dual.prod.svc.cluster.local. 5 IN A 10.96.0.11
    dual.prod.svc.cluster.local. 5 IN AAAA fd00:10:96::b`
    .answers`dual.prod.svc.cluster.local. 5 IN SRV 0 50 5432 dual.prod.svc.cluster.local.`
})

test('weights are at least 1', async () => {
  const many = Array.from({ length: 150 }, (_, index) => endpoint(`10.244.9.${index}`))
  const objects = [
    namespace('x'),
    service('x/many', { clusterIP: 'None' }),
    slice('x/many', many, [port(':80')]),
  ]
  const { answers } = await (await dig([{ objects }])).ask('many.x.svc.cluster.local SRV').read()
  assert.equal(answers.length, 150)
  assert.ok(answers.every((line) => line.includes(' SRV 0 1 80 ')))
})

test('entries are counted before equal ones are merged, including entries without a port', async () => {
  const objects = [
    namespace('x'),
    service('x/twice', { clusterIP: 'None' }),
    slice('x/twice', [endpoint('10.0.0.1')], [port('a:80')]),
    slice('x/twice', [endpoint('10.0.0.1')], [port('a:80')]),
    slice('x/twice', [endpoint('10.0.0.2')]),
  ]
  const twice = await dig([{ objects }])
  await twice.ask('twice.x.svc.cluster.local SRV')
    .additional`10-0-0-1.twice.x.svc.cluster.local. 5 IN A 10.0.0.1`
    .answers`twice.x.svc.cluster.local. 5 IN SRV 0 33 80 10-0-0-1.twice.x.svc.cluster.local.`
  await twice.ask('twice.x.svc.cluster.local A').answers`
    twice.x.svc.cluster.local. 5 IN A 10.0.0.1
    twice.x.svc.cluster.local. 5 IN A 10.0.0.2`
})

test('two protocols with the same port number are one SRV', async () => {
  const spec = { clusterIP: '10.0.0.9', ports: [port('dns:53/UDP'), port('dns-tcp:53/TCP')] }
  const { ask: at } = await dig([{ objects: [namespace('x'), service('x/both', spec)] }])
  await at('both.x.svc.cluster.local SRV').additional`both.x.svc.cluster.local. 5 IN A 10.0.0.9`
    .answers`both.x.svc.cluster.local. 5 IN SRV 0 50 53 both.x.svc.cluster.local.`
})

test('addresses without ports exist and have no SRV', async () => {
  await ask('peers.prod.svc.cluster.local SRV').nodata('cluster.local')
  await ask('bare.prod.svc.cluster.local SRV').nodata('cluster.local')
  await ask('10-244-1-8.peers.prod.svc.cluster.local SRV').nodata('cluster.local')
})

test('a port name has the addresses of the endpoints that serve it', async () => {
  await ask('_http._tcp.web.prod.svc.cluster.local A')
    .answers`_http._tcp.web.prod.svc.cluster.local. 5 IN A 10.96.0.10`
  await ask('_dns._udp.web.prod.svc.cluster.local AAAA').nodata('cluster.local')
})

test('owners repeat the question byte for byte, and targets take the case of its zone', async () => {
  await ask('WeB.pRod.Svc.Cluster.LOCAL SRV').additional`web.prod.svc.Cluster.LOCAL. 5 IN A 10.96.0.10`
    .answers`
    WeB.pRod.Svc.Cluster.LOCAL. 5 IN SRV 0 33 80 web.prod.svc.Cluster.LOCAL.
    WeB.pRod.Svc.Cluster.LOCAL. 5 IN SRV 0 33 443 web.prod.svc.Cluster.LOCAL.
    WeB.pRod.Svc.Cluster.LOCAL. 5 IN SRV 0 33 53 web.prod.svc.Cluster.LOCAL.`
  await ask('DB-0.DB.PROD.SVC.CLUSTER.LOCAL A').answers`DB-0.DB.PROD.SVC.CLUSTER.LOCAL. 5 IN A 10.244.1.7`
  await ask('_HTTP._TCP.web.prod.svc.cluster.local A')
    .answers`_HTTP._TCP.web.prod.svc.cluster.local. 5 IN A 10.96.0.10`
  await ask('nope.PROD.svc.Cluster.Local A').nxdomain('Cluster.Local')
})

test('the apex has SOA and NS, in any case, and the version record has its own TTL', async () => {
  const { answers, response } = await ask('cluster.local SOA').read()
  assert.deepEqual(answers, [
    'cluster.local. 5 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 1795435200 7200 1800 86400 5',
  ])
  assert.equal(response.headers['cache-control'], 'max-age=5')
  await ask('cluster.local NS').answers`cluster.local. 5 IN NS ns.dns.cluster.local.`
  await ask('Cluster.LOCAL NS').answers`Cluster.LOCAL. 5 IN NS ns.dns.Cluster.LOCAL.`
  await ask('dns-version.cluster.local TXT').answers`dns-version.cluster.local. 28800 IN TXT "1.1.0"`
})

test('ns.dns has the configured addresses, which are additional records of NS', async () => {
  const named = await dig([
    { objects: sampleObjects, nameservers: ['192.0.2.53', '2001:db8::53'], reverse: ['10.96.0.0/16'] },
  ])
  await named.ask('cluster.local NS').additional`
    ns.dns.cluster.local. 5 IN A 192.0.2.53
    ns.dns.cluster.local. 5 IN AAAA 2001:db8::53`.answers`cluster.local. 5 IN NS ns.dns.cluster.local.`
  await named.ask('NS.dns.Cluster.local A').answers`NS.dns.Cluster.local. 5 IN A 192.0.2.53`
  await named.ask('ns.dns.cluster.local AAAA').answers`ns.dns.cluster.local. 5 IN AAAA 2001:db8::53`
  await named.ask('ns.dns.cluster.local TXT').nodata('cluster.local')
  await named.ask('96.10.in-addr.arpa NS').additional`
    ns.dns.96.10.in-addr.arpa. 5 IN A 192.0.2.53
    ns.dns.96.10.in-addr.arpa. 5 IN AAAA 2001:db8::53`
    .answers`96.10.in-addr.arpa. 5 IN NS ns.dns.96.10.in-addr.arpa.`
  await named.ask('ns.dns.96.10.in-addr.arpa A').answers`ns.dns.96.10.in-addr.arpa. 5 IN A 192.0.2.53`
})

for (const [ttl, soaTtl] of [
  [0, 0],
  [30, 30],
  [300, 300],
  [3600, 300],
] as const) {
  test(`with a TTL of ${ttl} the SOA of a negative answer has ${soaTtl}`, async () => {
    const at = await dig([{ objects: sampleObjects, build: { ttlSeconds: ttl } }])
    const { authority, response } = await at.ask('nope.prod.svc.cluster.local A').nxdomain('cluster.local')
    assert.deepEqual(authority, [
      `cluster.local. ${soaTtl} IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 1795435200 7200 1800 86400 ${ttl}`,
    ])
    assert.equal(response.headers['cache-control'], `max-age=${soaTtl}`)
    const { answers } = await at.ask('web.prod.svc.cluster.local A').read()
    assert.deepEqual(answers, [`web.prod.svc.cluster.local. ${ttl} IN A 10.96.0.10`])
  })
}

test('ANY is answered with the HINFO record of RFC 8482', async () => {
  await ask('web.prod.svc.cluster.local ANY').answers`web.prod.svc.cluster.local. 5 IN HINFO "RFC8482" ""`
  await ask('nope.prod.svc.cluster.local ANY').nxdomain('cluster.local')
})

test('_snapshot has the facts of the snapshot, and is never cached', async () => {
  const at = await dig([{ objects: sampleObjects }])
  await at.ask('cluster.local SOA').read()
  at.clock.advance(90_500)
  const { answers, response } = await at.ask('_snapshot.cluster.local TXT').read()
  assert.deepEqual(answers, [
    '_snapshot.cluster.local. 0 IN TXT "cluster=test" "generation=1795435200000" "asOf=2026-11-23T12:00:00.000Z" "age=90s" "state=fresh"',
  ])
  assert.equal(response.headers['cache-control'], 'max-age=0')
  assert.equal(
    response.headers['kubedoh-snapshot'],
    'cluster="test", generation=1795435200000, as-of=1795435200, age=90, state=fresh',
  )
  await at.ask('_snapshot.cluster.local A').nodata('cluster.local')
})

test('_snapshot reports a static snapshot', async () => {
  const at = await dig([{ objects: sampleObjects, build: { static: true } }])
  const { answers } = await at.ask('_snapshot.cluster.local TXT').read()
  assert.match(answers[0] ?? '', /"state=static"$/)
})

test('of more SRV targets than the longest message has room for, no more records are made than fill it', () => {
  const zone = nameFromText('cluster.local')
  const setting = { owner: zone, zone, primaryZone: zone, ttlSeconds: 5, serial: 1, nameservers: [] }
  const recordsFor = (count: number): ReturnType<typeof recordsOf> => {
    const holders = Array.from({ length: count }, (_, n) => ({
      ...{
        address: `10.1.${n >> 8}.${n & 255}`,
        target: labelName(`e${n}`),
        ports: [['http', 'tcp', 80]] as Port[],
      },
    }))
    return recordsOf({ kind: 'addresses', holders }, TYPE.SRV, setting, Math.random)
  }
  const head = {
    ...{ id: 1, opcode: 0, recursionDesired: true, checkingDisabled: false },
    question: { asked: zone, type: TYPE.SRV, class: 1 },
    edns: undefined,
  }
  const written = ({ answers }: ReturnType<typeof recordsOf>): Uint8Array =>
    writeReply(head, { rcode: 0, authoritative: true, answers, authority: [], additional: [] })
  const few = recordsFor(1_000)
  assert.equal(few.additional.length, 1_000)
  const [most, more] = [recordsFor(10_000), recordsFor(20_000)]
  assert.deepEqual(more, most)
  assert.ok((most.answers[0]?.rdata.length ?? 0) < 2_000)
  assert.equal(most.additional.length, 0)
  // The message is full, and says that it is not complete.
  assert.ok(written(most).length > maxMessageBytes - 50)
  assert.ok(((written(most)[2] ?? 0) & 2) !== 0)
})

test('of more addresses than the longest message has room for, a random part is taken, of one family', () => {
  const zone = nameFromText('cluster.local')
  const setting = { owner: zone, zone, primaryZone: zone, ttlSeconds: 5, serial: 1, nameservers: [] }
  const holders = Array.from({ length: 30_000 }, (_, n) => ({
    address: n % 3 === 0 ? `fd00::${n.toString(16)}` : `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
    target: zone,
    ports: [],
  }))
  const random = createRandom(3)
  const draw = (type: number): string[] => {
    const { answers } = recordsOf({ kind: 'addresses', holders }, type, setting, random.next)
    return answers.flatMap((rrset) => (rrset.rdata as Uint8Array[]).map((bytes) => bytes.join('.')))
  }
  const drawn = draw(TYPE.A)
  assert.equal(drawn.length, 4_096)
  assert.equal(new Set(drawn).size, drawn.length)
  assert.ok(draw(TYPE.AAAA).every((address) => address.split('.').length === 16))
  // Each of the 20,000 has a chance of a fifth: of 2,000 chosen beforehand, 410 are expected, with a deviation of 18.
  const early = new Set(holders.filter((_, n) => n % 15 === 1).map(({ address }) => address))
  const hits = drawn.filter((address) => early.has(address)).length
  assert.ok(hits > 310 && hits < 510, `${hits}`)
})
