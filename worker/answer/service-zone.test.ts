import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dig, namespace, pod, service } from '../../test/dig.ts'
import { startMs } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'

const alias = (name: string, externalName: string): ReturnType<typeof service> =>
  service(`prod/${name}`, { type: 'ExternalName', externalName })

const objects = [
  ...sampleObjects,
  ...['dns', 'pod', 'svc'].map(namespace),
  service('dns/ns', { clusterIPs: ['10.96.0.50'] }),
  service('pod/web', { clusterIPs: ['10.96.0.51'] }),
  service('svc/svc', { clusterIPs: ['10.96.0.52'] }),
  alias('upper', 'WEB.prod.SVC.cluster.local'),
  alias('to-apex', 'cluster.local'),
  alias('to-version', 'dns-version.cluster.local'),
  alias('to-service-apex', 'svc.cluster.local'),
  alias('absolute', 'web.prod.svc'),
  alias('loop', 'loop.prod.svc.cluster.local'),
  pod('prod/one', '10.244.1.5'),
]
const site = {
  objects,
  zones: ['cluster.local', 'prod.example.com', 'svc'],
  reverse: ['10.96.0.0/16'],
  nameservers: ['192.0.2.53'],
  build: { pods: 'insecure' as const },
}
const { ask } = await dig([site])

test('a Service and its endpoints are named without a domain', async () => {
  await ask('web.prod.svc A').answers`web.prod.svc. 5 IN A 10.96.0.10`
  await ask('dual.prod.svc AAAA').answers`dual.prod.svc. 5 IN AAAA fd00:10:96::b`
  await ask('db-0.db.prod.svc A').answers`db-0.db.prod.svc. 5 IN A 10.244.1.7`
  await ask('10-244-1-8.peers.prod.svc A').answers`10-244-1-8.peers.prod.svc. 5 IN A 10.244.1.8`
})

test('SRV targets are in the zone as well', async () => {
  await ask('_http._tcp.web.prod.svc SRV').additional`web.prod.svc. 5 IN A 10.96.0.10`
    .answers`_http._tcp.web.prod.svc. 5 IN SRV 0 100 80 web.prod.svc.`
  await ask('_pg._tcp.db.prod.svc SRV').additional`
    db-0.db.prod.svc. 5 IN A 10.244.1.7
    db-0.db.prod.svc. 5 IN AAAA fd00:10:244::7
    db-1.db.prod.svc. 5 IN A 10.244.2.7`.answers`
    _pg._tcp.db.prod.svc. 5 IN SRV 0 33 15432 db-0.db.prod.svc.
    _pg._tcp.db.prod.svc. 5 IN SRV 0 33 15432 db-1.db.prod.svc.`
})

test('owners are as asked, and targets have the case of the zone', async () => {
  await ask('WEB.Prod.SvC A').answers`WEB.Prod.SvC. 5 IN A 10.96.0.10`
  await ask('Redis.PROD.SVC SRV').additional`redis.prod.SVC. 5 IN A 10.96.0.13`
    .answers`Redis.PROD.SVC. 5 IN SRV 0 100 6379 redis.prod.SVC.`
})

test('the apex has the nameserver of the primary zone', async () => {
  await ask('svc NS').additional`ns.dns.cluster.local. 5 IN A 192.0.2.53`
    .answers`svc. 5 IN NS ns.dns.cluster.local.`
  const { answers } = await ask('SVC SOA').read()
  assert.match(answers[0] ?? '', /^SVC\. 5 IN SOA ns\.dns\.cluster\.local\. hostmaster\.cluster\.local\. /)
  await ask('svc A').nodata('svc')
})

test('negative answers have the SOA of svc, which names the primary zone', async () => {
  const soa = /^svc\. 5 IN SOA ns\.dns\.cluster\.local\. hostmaster\.cluster\.local\. /
  for (const { authority } of [
    await ask('missing.prod.svc A').nxdomain('svc'),
    await ask('web.prod.svc AAAA').nodata('svc'),
    await ask('prod.svc A').nodata('svc'),
    await ask('nowhere.svc A').nxdomain('svc'),
    await ask('a.b.c.web.prod.svc A').nxdomain('svc'),
  ])
    assert.match(authority[0] ?? '', soa)
})

test('labels with a meaning in other zones are namespaces and Services', async () => {
  await ask('ns.dns.svc A').answers`ns.dns.svc. 5 IN A 10.96.0.50`
  await ask('web.pod.svc A').answers`web.pod.svc. 5 IN A 10.96.0.51`
  await ask('svc.svc.svc A').answers`svc.svc.svc. 5 IN A 10.96.0.52`
  await ask('svc.svc A').nodata('svc')
  await ask('_snapshot.svc TXT').nxdomain('svc')
  await ask('dns-version.svc TXT').nxdomain('svc')
  await ask('10-244-1-5.prod.pod.svc A').nxdomain('svc')
  await ask('10-244-1-5.prod.pod.cluster.local A')
    .answers`10-244-1-5.prod.pod.cluster.local. 5 IN A 10.244.1.5`
  await ask('web.prod.svc.svc A').nxdomain('svc')
})

test('nothing else below the root is claimed', async () => {
  for (const question of ['prod A', 'web.prod A', 'xsvc A', 'web.prod.pod A', '. NS'])
    await ask(question).error(20).refused()
})

test('PTR targets never end in svc', async () => {
  await ask('10.0.96.10.in-addr.arpa PTR')
    .answers`10.0.96.10.in-addr.arpa. 5 IN PTR web.prod.svc.cluster.local.`
})

test('the target of an ExternalName is in svc if it ends in svc, and in the primary zone otherwise', async () => {
  await ask('alias.prod.svc AAAA').answers`
    alias.prod.svc. 5 IN CNAME db.prod.svc.
    db.prod.svc. 5 IN AAAA fd00:10:244::7`
  await ask('Upper.prod.Svc A').answers`
    Upper.prod.Svc. 5 IN CNAME WEB.prod.Svc.
    WEB.prod.Svc. 5 IN A 10.96.0.10`
  await ask('to-service-apex.prod.svc NS').additional`ns.dns.cluster.local. 5 IN A 192.0.2.53`.answers`
    to-service-apex.prod.svc. 5 IN CNAME svc.
    svc. 5 IN NS ns.dns.cluster.local.`
  await ask('to-version.prod.svc TXT').answers`
    to-version.prod.svc. 5 IN CNAME dns-version.cluster.local.
    dns-version.cluster.local. 28800 IN TXT "1.1.0"`
  await ask('to-apex.prod.svc A').behind`
    to-apex.prod.svc. 5 IN CNAME cluster.local.`.nodata('cluster.local')
  await ask('ext.prod.svc A').answers`ext.prod.svc. 5 IN CNAME www.example.com.`
  await ask('loop.prod.svc A').error(0).servfail(true)
})

test('a target that was written below svc is one of the cluster, in every zone', async () => {
  await ask('absolute.prod.svc.prod.example.com A').answers`
    absolute.prod.svc.prod.example.com. 5 IN CNAME web.prod.svc.
    web.prod.svc. 5 IN A 10.96.0.10`
})

test('a repeated answer is the same', async () => {
  const question = 'wEb.prod.svc A'
  const first = await ask(question).read()
  assert.deepEqual((await ask(question).read()).answers, first.answers)
})

test('the age rule holds: a missing name is withheld while the snapshot is old', async () => {
  const old = await dig([{ ...site, root: { asOfMs: startMs - 20 * 60_000 } }])
  await old.ask('web.prod.svc A').error(3).answers`web.prod.svc. 5 IN A 10.96.0.10`
  await old.ask('missing.prod.svc A').error(22).servfail()
  await old.ask('a.b.c.web.prod.svc A').nxdomain('svc')
})

const upstream = { urls: ['https://upstream.example'], timeoutMs: 1_000, forward: true, cacheBytes: 10_000 }

test('no name in the zone is sent upstream', async () => {
  let isAsked = false
  const edge = await dig([site], { upstream }, async () => {
    isAsked = true
    return new Response('')
  })
  for (const question of ['svc A', 'missing.prod.svc A', 'a.b.c.d.e.svc A', '_snapshot.svc TXT'])
    await edge.ask(question).read()
  assert.equal(isAsked, false)
  await edge.ask('web.prod.example.net A').read()
  assert.equal(isAsked, true)
})
