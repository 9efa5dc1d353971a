import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { encodeNamespaces } from '../../snapshot/encode.ts'
import { blobKey } from '../../snapshot/keys.ts'
import { dig, namespace, port, service } from '../../test/dig.ts'
import { rootOf } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'
import { lookup } from './lookup.ts'

/*
 * The existence of names. It does not depend on the type (RFC 2308, RFC 8020): a name is NXDOMAIN for all types or for
 * none.
 */

const { ask } = await dig([
  {
    objects: sampleObjects,
    zones: ['cluster.local', 'prod.example.com'],
    reverse: ['10.96.0.0/16', '10.244.0.0/16'],
  },
])

const types = [
  'A',
  'AAAA',
  'SRV',
  'TXT',
  'CNAME',
  'PTR',
  'SOA',
  'NS',
  'HINFO',
  'HTTPS',
  'SVCB',
  'TYPE15',
  'TYPE257',
  'TYPE65280',
]

const existing: readonly (readonly [name: string, types: string])[] = [
  ['cluster.local', 'SOA NS'],
  ['svc.cluster.local', ''],
  ['pod.cluster.local', ''],
  ['dns.cluster.local', ''],
  ['ns.dns.cluster.local', ''],
  ['dns-version.cluster.local', 'TXT'],
  ['_snapshot.cluster.local', 'TXT'],
  ['prod.svc.cluster.local', ''],
  ['empty.svc.cluster.local', ''],
  ['web.prod.svc.cluster.local', 'A SRV'],
  ['dual.prod.svc.cluster.local', 'A AAAA SRV'],
  ['bare.prod.svc.cluster.local', 'A'],
  ['six.prod.svc.cluster.local', 'AAAA SRV'],
  ['db.prod.svc.cluster.local', 'A AAAA SRV'],
  ['peers.prod.svc.cluster.local', 'A AAAA'],
  ['_http._tcp.web.prod.svc.cluster.local', 'A SRV'],
  ['_dns._udp.web.prod.svc.cluster.local', 'A SRV'],
  ['_._.web.prod.svc.cluster.local', 'A SRV'],
  ['_tcp.web.prod.svc.cluster.local', ''],
  ['_udp.web.prod.svc.cluster.local', ''],
  ['_tcp.db.prod.svc.cluster.local', ''],
  ['_tcp.redis.prod.svc.cluster.local', ''],
  ['db-0.db.prod.svc.cluster.local', 'A AAAA SRV'],
  ['10-244-1-5.web.prod.svc.cluster.local', 'A SRV'],
  ['10-244-1-8.peers.prod.svc.cluster.local', 'A'],
  ['ext.prod.svc.cluster.local', 'CNAME'],
  ['96.10.in-addr.arpa', 'SOA NS'],
  ['0.96.10.in-addr.arpa', ''],
  ['10.0.96.10.in-addr.arpa', 'PTR'],
  ['1.244.10.in-addr.arpa', ''],
  ['7.1.244.10.in-addr.arpa', 'PTR'],
]
for (const [name, has] of existing) {
  test(`${name} exists and has ${has || 'no records'}`, async () => {
    const found: string[] = []
    for (const type of types) {
      const { rcode, answers, authority } = await ask(`${name} ${type}`).read()
      assert.equal(rcode, 'NOERROR', type)
      const isAlias = answers.some((line) => line.includes(' IN CNAME '))
      if (answers.some((line) => line.includes(` IN ${type} `))) found.push(type)
      else if (!isAlias) assert.deepEqual([answers.length, authority.length], [0, 1], type)
    }
    assert.deepEqual(
      found,
      types.filter((type) => has.split(' ').includes(type)),
    )
  })
}

const missing: readonly string[] = [
  'foo.cluster.local',
  '*.cluster.local',
  'www.example.com.cluster.local',
  'dns2.cluster.local',
  'x.dns.cluster.local',
  'nope.svc.cluster.local',
  'ghost.svc.cluster.local',
  'web.ghost.svc.cluster.local',
  'nope.prod.svc.cluster.local',
  'web.empty.svc.cluster.local',
  // A headless Service without ready endpoints, or without any.
  'starting.prod.svc.cluster.local',
  'silent.prod.svc.cluster.local',
  '_http._tcp.starting.prod.svc.cluster.local',
  '_tcp.starting.prod.svc.cluster.local',
  '10-244-1-15.starting.prod.svc.cluster.local',
  // Ports with the wrong name, number, protocol or order of labels.
  '_nope._tcp.web.prod.svc.cluster.local',
  '_http._udp.web.prod.svc.cluster.local',
  '_80._tcp.web.prod.svc.cluster.local',
  '_tcp._http.web.prod.svc.cluster.local',
  '_sctp.web.prod.svc.cluster.local',
  '_tcp.peers.prod.svc.cluster.local',
  '_http._tcp.redis.prod.svc.cluster.local',
  '*._tcp.web.prod.svc.cluster.local',
  // The protocol of a headless Service's port is that of its slices.
  '_pg._udp.db.prod.svc.cluster.local',
  // Endpoints that are unknown, are not ready, or have a hostname instead.
  'db-9.db.prod.svc.cluster.local',
  '10-244-1-9.peers.prod.svc.cluster.local',
  '10-244-1-7.db.prod.svc.cluster.local',
  '10.244.1.5.web.prod.svc.cluster.local',
  '_pg._tcp.db-0.db.prod.svc.cluster.local',
  // Names below an alias.
  'x.ext.prod.svc.cluster.local',
  '_tcp.ext.prod.svc.cluster.local',
  '_http._tcp.ext.prod.svc.cluster.local',
  // An address as an external name, and as labels.
  'extip.prod.svc.cluster.local',
  '1.2.3.4.svc.cluster.local',
  'prod.pod.cluster.local',
  '10-244-1-5.prod.pod.cluster.local',
  'constructor.prod.svc.cluster.local',
  '__proto__.svc.cluster.local',
  '99.0.96.10.in-addr.arpa',
  '9.0.96.10.in-addr.arpa',
  'x.10.0.96.10.in-addr.arpa',
]
for (const name of missing) {
  test(`${name} does not exist, for every type`, async () => {
    for (const type of [...types, 'ANY']) {
      const { rcode, answers, authority } = await ask(`${name} ${type}`).read()
      assert.deepEqual([rcode, answers.length, authority.length], ['NXDOMAIN', 0, 1], type)
    }
  })
}

test('every parent of an existing name exists', async () => {
  for (const [name] of existing.filter(([each]) => each.endsWith('cluster.local'))) {
    for (let parent = name; parent !== 'cluster.local'; parent = parent.slice(parent.indexOf('.') + 1)) {
      const { rcode } = await ask(`${parent} A`).read()
      assert.equal(rcode, 'NOERROR', `${parent}, parent of ${name}`)
    }
  }
})

test('every zone of a cluster has the same names', async () => {
  const recordsOf = async (question: string): Promise<string> => {
    const { rcode, answers, authority, additional } = await ask(question).read()
    return JSON.stringify([rcode, answers, authority, additional])
  }
  const names = existing.map(([name]) => name).filter((name) => name.endsWith('cluster.local'))
  for (const name of names) {
    for (const type of types) {
      const native = await recordsOf(`${name} ${type}`)
      const alias = await recordsOf(`${name.replace('cluster.local', 'prod.example.com')} ${type}`)
      assert.equal(alias, native.replaceAll('cluster.local.', 'prod.example.com.'))
    }
  }
})

test('a list of namespaces may be a blob', async () => {
  const at = await dig([{ objects: [] }])
  const text = encodeNamespaces(['a', 'b'])
  await at.kv.put(blobKey('test', await hashBlob(text)), text)
  await at.publish({ objects: [], root: { namespaces: { blob: await hashBlob(text) } } })
  await at.ask('a.svc.cluster.local A').nodata('cluster.local')
  await at.ask('c.svc.cluster.local A').nxdomain('cluster.local')
  await at.ask('x.a.svc.cluster.local A').nxdomain('cluster.local')
})

test('without endpoint names, those of headless Services still exist', async () => {
  const at = await dig([
    { objects: sampleObjects, build: { endpointNames: false }, reverse: ['10.244.0.0/16'] },
  ])
  await at.ask('10-244-1-5.web.prod.svc.cluster.local A').nxdomain('cluster.local')
  await at.ask('_tcp.web.prod.svc.cluster.local A').nodata('cluster.local')
  await at.ask('db-0.db.prod.svc.cluster.local A').answers`db-0.db.prod.svc.cluster.local. 5 IN A 10.244.1.7`
  await at.ask('5.1.244.10.in-addr.arpa PTR').nxdomain('244.10.in-addr.arpa')
})

test('only exposed namespaces exist', async () => {
  const at = await dig([
    { objects: sampleObjects, build: { namespaces: ['empty'] }, reverse: ['10.96.0.0/16'] },
  ])
  await at.ask('empty.svc.cluster.local A').nodata('cluster.local')
  await at.ask('prod.svc.cluster.local A').nxdomain('cluster.local')
  await at.ask('web.prod.svc.cluster.local A').nxdomain('cluster.local')
  await at.ask('10.0.96.10.in-addr.arpa PTR').nxdomain('96.10.in-addr.arpa')
})

test('each of a thousand Services is found in its shard', async () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `svc-${index}`)
  const ports = Array.from({ length: 5 }, (_, index) => port(`port-${index}:${index}`))
  const objects = names.map((name, index) =>
    service(`x/${name}`, { clusterIP: `10.9.${index >> 8}.${index & 0xff}`, ports }),
  )
  const at = await dig([{ objects: [namespace('x'), ...objects] }])
  const blobs = [...at.kv.entries.keys()].filter((key) => key.startsWith('test/blob/'))
  assert.ok(blobs.length > 4, `${blobs.length} blobs`)
  for (const [index, name] of names.entries()) {
    const { answers } = await at.ask(`${name}.x.svc.cluster.local A`).read()
    assert.deepEqual(answers, [`${name}.x.svc.cluster.local. 5 IN A 10.9.${index >> 8}.${index & 0xff}`])
  }
})

test('transfers and other classes are refused', async () => {
  for (const question of ['cluster.local AXFR', 'cluster.local IXFR', 'web.prod.svc.cluster.local CH A']) {
    await ask(question).error(18).refused()
  }
  await ask('web.prod.svc.cluster.local ANY A').answers`web.prod.svc.cluster.local. 5 IN A 10.96.0.10`
})

test('a name outside the zones is refused, with a reason', async () => {
  for (const name of ['example.com', 'local', 'notcluster.local', '8.8.8.8.in-addr.arpa']) {
    const { response } = await ask(`${name} A`).error(20).refused()
    assert.equal(response.headers['cache-control'], 'no-store')
  }
})

/* Data that the agent never publishes, but that a signed snapshot may contain. */

test('a service in a namespace that is not exposed does not exist, even if a shard has it', () => {
  const web = { kind: 'cluster', ips: ['10.0.0.1'], ports: [] } as const
  const services = { kind: 'services', services: new Map([['x/web', web]]) } as const
  const wanted = { kind: 'service', namespace: 'x', service: 'web' } as const
  assert.equal(lookup(wanted, rootOf({ namespaces: ['x'] }), { services }).kind, 'addresses')
  const none = { kind: 'nothing', certain: false }
  assert.deepEqual(lookup(wanted, rootOf({ namespaces: ['y'] }), { services }), none)
  assert.deepEqual(lookup(wanted, rootOf({ namespaces: ['x'] }), {}), none)
})

test('endpoint labels are compared without regard to case', () => {
  const groups = [{ ports: [], endpoints: [['10.0.0.1', 'DB-0']] }] as const
  const db = { kind: 'headless', groups } as const
  const services = { kind: 'services', services: new Map([['x/db', db]]) } as const
  const wanted = { kind: 'below', namespace: 'x', service: 'db', label: 'db-0' } as const
  assert.equal(lookup(wanted, rootOf({ namespaces: ['x'] }), { services }).kind, 'addresses')
})
