import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameToText } from '../../dns/name.ts'
import { reverseNameOf } from '../../dns/reverse.ts'
import { rootKey } from '../../snapshot/keys.ts'
import { rootOf } from '../../worker/edge.case.ts'
import {
  type Dig,
  dig,
  endpoint,
  type KubeObject,
  namespace,
  port,
  type Site,
  service,
  slice,
} from '../dig.ts'

/*
 * Two independent clusters at one edge: the same native domain, the same namespaces and Services, and in each an
 * address of the other's range. 'first' is the first one in the configuration.
 */

function objectsOf(own: { net: number; pods: number; other: string }): KubeObject[] {
  const alias = (name: string, externalName: string): KubeObject =>
    service(`x/${name}`, { type: 'ExternalName', externalName })
  return [
    namespace('x'),
    service('x/web', { clusterIP: `10.${own.net}.0.10`, ports: [port('http:80')] }),
    service('x/db', { clusterIP: 'None' }),
    slice('x/db', [endpoint(`10.${own.pods}.0.1`, 'db-0')], [port('pg:5432')]),
    // Addresses of a network that both clusters use.
    service('x/shared', { clusterIP: '10.50.0.1' }),
    alias('native', 'web.x.svc.cluster.local'),
    alias('across', `web.x.svc.${own.other}`),
    alias('across-apex', own.other),
  ]
}

const first: Site = {
  id: 'first',
  objects: [
    ...objectsOf({ net: 96, pods: 200, other: 'second.example' }),
    // An address of the second cluster's range, and a Service that only this cluster has.
    service('x/only-first', { clusterIP: '10.97.0.20' }),
    service('x/to-second', { type: 'ExternalName', externalName: 'only-second.x.svc.cluster.local' }),
  ],
  zones: ['cluster.local', 'first.example'],
  reverse: ['10.96.0.0/16', '10.200.0.0/16', '10.50.0.0/16', 'fd00::/8'],
  nameservers: ['192.0.2.1'],
}
const second: Site = {
  id: 'second',
  objects: [
    ...objectsOf({ net: 97, pods: 201, other: 'first.example' }),
    service('x/only-second', { clusterIPs: ['10.96.0.20', 'fd00:2::20'] }),
    service('x/to-first', { type: 'ExternalName', externalName: 'only-first.x.svc.cluster.local' }),
  ],
  zones: ['second.example', 'cluster.local'],
  reverse: ['10.97.0.0/16', '10.50.0.0/24', '10.201.0.0/16', 'fd00:2::/32'],
  nameservers: ['192.0.2.2'],
}
const { ask } = await dig([first, second])

test('each alias zone has the records of its own cluster', async () => {
  await ask('web.x.svc.first.example A').answers`web.x.svc.first.example. 5 IN A 10.96.0.10`
  await ask('web.x.svc.second.example A').answers`web.x.svc.second.example. 5 IN A 10.97.0.10`
  await ask('db.x.svc.first.example A').answers`db.x.svc.first.example. 5 IN A 10.200.0.1`
  await ask('_pg._tcp.db.x.svc.second.example SRV').additional`
    db-0.db.x.svc.second.example. 5 IN A 10.201.0.1`.answers`
    _pg._tcp.db.x.svc.second.example. 5 IN SRV 0 100 5432 db-0.db.x.svc.second.example.`
})

test('names of one cluster do not exist in the other', async () => {
  await ask('only-first.x.svc.second.example A').nxdomain('second.example')
  await ask('only-second.x.svc.first.example A').nxdomain('first.example')
  await ask('only-second.x.svc.cluster.local A').nxdomain('cluster.local')
})

test('without a token, the native domain is that of the first configured cluster', async () => {
  await ask('web.x.svc.cluster.local A').answers`web.x.svc.cluster.local. 5 IN A 10.96.0.10`
  await ask('_snapshot.cluster.local TXT')
    .read()
    .then(({ answers }) => assert.match(answers[0] ?? '', /"cluster=first"/))
  await ask('_snapshot.second.example TXT')
    .read()
    .then(({ answers }) => assert.match(answers[0] ?? '', /"cluster=second"/))
  const swapped = await dig([second, first])
  await swapped.ask('web.x.svc.cluster.local A').answers`web.x.svc.cluster.local. 5 IN A 10.97.0.10`
  await swapped.ask('web.x.svc.first.example A').answers`web.x.svc.first.example. 5 IN A 10.96.0.10`
})

test('each zone has the nameservers of its own cluster', async () => {
  await ask('first.example NS').additional`ns.dns.first.example. 5 IN A 192.0.2.1`
    .answers`first.example. 5 IN NS ns.dns.first.example.`
  await ask('second.example NS').additional`ns.dns.second.example. 5 IN A 192.0.2.2`
    .answers`second.example. 5 IN NS ns.dns.second.example.`
})

test('a target in the native domain is resolved in the same cluster, even if another cluster owns cluster.local', async () => {
  await ask('native.x.svc.second.example A').behind`
    native.x.svc.second.example. 5 IN CNAME web.x.svc.second.example.`
    .answers`web.x.svc.second.example. 5 IN A 10.97.0.10`
  await ask('native.x.svc.first.example A').behind`
    native.x.svc.first.example. 5 IN CNAME web.x.svc.first.example.`
    .answers`web.x.svc.first.example. 5 IN A 10.96.0.10`
  // Only the other cluster has the target.
  await ask('to-first.x.svc.second.example A').behind`
    to-first.x.svc.second.example. 5 IN CNAME only-first.x.svc.second.example.`.nxdomain('second.example')
  await ask('to-second.x.svc.cluster.local A').behind`
    to-second.x.svc.cluster.local. 5 IN CNAME only-second.x.svc.cluster.local.`.nxdomain('cluster.local')
})

test("a target in the other cluster's zone is not followed", async () => {
  await ask('across.x.svc.first.example A')
    .answers`across.x.svc.first.example. 5 IN CNAME web.x.svc.second.example.`
  await ask('across.x.svc.second.example A')
    .answers`across.x.svc.second.example. 5 IN CNAME web.x.svc.first.example.`
  await ask('across-apex.x.svc.first.example NS')
    .answers`across-apex.x.svc.first.example. 5 IN CNAME second.example.`
})

test("a PTR query is answered by the cluster that owns the range, with names in that cluster's first zone", async () => {
  await ask('10.0.96.10.in-addr.arpa PTR').answers`10.0.96.10.in-addr.arpa. 5 IN PTR web.x.svc.cluster.local.`
  await ask('10.0.97.10.in-addr.arpa PTR')
    .answers`10.0.97.10.in-addr.arpa. 5 IN PTR web.x.svc.second.example.`
  await ask('1.0.201.10.in-addr.arpa PTR')
    .answers`1.0.201.10.in-addr.arpa. 5 IN PTR db-0.db.x.svc.second.example.`
  // Only the cluster that does not own the range has these addresses.
  await ask('20.0.97.10.in-addr.arpa PTR').nxdomain('97.10.in-addr.arpa')
  await ask('20.0.96.10.in-addr.arpa PTR').nxdomain('96.10.in-addr.arpa')
})

test('if two ranges overlap, the narrower one owns the address', async () => {
  // Both clusters have a Service at 10.50.0.1: the second owns 10.50.0.0/24 of the first one's 10.50.0.0/16.
  await ask('1.0.50.10.in-addr.arpa PTR')
    .answers`1.0.50.10.in-addr.arpa. 5 IN PTR shared.x.svc.second.example.`
  await ask('1.1.50.10.in-addr.arpa PTR').nxdomain('50.10.in-addr.arpa')
  const six = nameToText(reverseNameOf('fd00:2::20') ?? '')
  const { answers } = await ask(`${six} PTR`).read()
  assert.deepEqual(answers, [`${six} 5 IN PTR only-second.x.svc.second.example.`])
})

/** An edge on which the data of one cluster has this age. */
function old(which: 'first' | 'second', ageMs: number): Promise<Dig> {
  const aged = (site: Site): Site =>
    site.id === which ? { ...site, root: { asOfMs: rootOf().asOfMs - ageMs } } : site
  return dig([aged(first), aged(second)])
}

test('answers of a cluster with old data are marked stale, and those of the other one are not', async () => {
  const stale = await old('second', rootOf().staleAfterMs + 1_000)
  await stale.ask('web.x.svc.second.example A').error(3).answers`web.x.svc.second.example. 5 IN A 10.97.0.10`
  await stale.ask('nope.x.svc.second.example A').error(22).servfail()
  await stale.ask('99.0.97.10.in-addr.arpa PTR').error(22).servfail()
  await stale.ask('web.x.svc.first.example A').answers`web.x.svc.first.example. 5 IN A 10.96.0.10`
  await stale.ask('nope.x.svc.first.example A').nxdomain('first.example')
  await stale.ask('99.0.96.10.in-addr.arpa PTR').nxdomain('96.10.in-addr.arpa')
})

for (const lost of ['first', 'second'] as const) {
  const other = lost === 'first' ? 'second' : 'first'
  const net = { first: 96, second: 97 }
  test(`without a snapshot of ${lost}, ${other} answers, and never for ${lost}`, async () => {
    const missing = await dig([first, second])
    missing.kv.entries.delete(rootKey(lost))
    const expired = await old(lost, rootOf().expiresAfterMs + 1_000)
    for (const at of [missing, expired]) {
      await at.ask(`web.x.svc.${lost}.example A`).error(14).servfail()
      await at.ask(`only-${other}.x.svc.${lost}.example A`).error(14).servfail()
      await at.ask(`10.0.${net[lost]}.10.in-addr.arpa PTR`).error(14).servfail()
      const { answers } = await at.ask(`web.x.svc.${other}.example A`).read()
      assert.deepEqual(answers, [`web.x.svc.${other}.example. 5 IN A 10.${net[other]}.0.10`])
      const native = await at.ask('web.x.svc.cluster.local A').read()
      assert.equal(native.rcode, lost === 'first' ? 'SERVFAIL' : 'NOERROR')
    }
  })
}

test("a root that was signed for one cluster is ignored under the other's key", async () => {
  const at = await dig([first, second])
  at.kv.entries.set(rootKey('second'), at.kv.entries.get(rootKey('first')) ?? '')
  await at.ask('web.x.svc.second.example A').error(14).servfail()
  await at.ask('web.x.svc.first.example A').answers`web.x.svc.first.example. 5 IN A 10.96.0.10`
})
