import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dig, type KubeObject, namespace, port, service } from '../../test/dig.ts'
import { maxAliasDepth } from '../upstream/cname-chain.ts'

function alias(name: string, externalName: string): KubeObject {
  return service(`x/${name}`, { type: 'ExternalName', externalName })
}

const objects = [
  namespace('x'),
  service('x/web', { clusterIP: '10.96.0.10', ports: [port('http:80')] }),
  alias('in', 'web.x.svc.cluster.local'),
  alias('dotted', 'web.x.svc.cluster.local.'),
  alias('upper', 'WEB.x.SVC.Cluster.Local'),
  alias('twice', 'in.x.svc.cluster.local'),
  alias('out', 'www.example.com'),
  alias('chain-out', 'out.x.svc.cluster.local'),
  alias('single', 'web'),
  alias('missing', 'nope.x.svc.cluster.local'),
  alias('impossible', 'foo.cluster.local'),
  alias('apex', 'cluster.local'),
  alias('between', 'x.svc.cluster.local'),
  alias('self', 'self.x.svc.cluster.local'),
  alias('a', 'b.x.svc.cluster.local'),
  alias('b', 'c.x.svc.cluster.local'),
  alias('c', 'B.x.svc.cluster.local'),
  alias('below-self', 'x.below-self.x.svc.cluster.local'),
  alias('in-alias-zone', 'web.x.svc.prod.example.com'),
  alias('other-cluster', 'web.x.svc.dev.example.com'),
  alias('reverse', '10.0.96.10.in-addr.arpa'),
  alias('almost', 'web.x.svc.notcluster.local'),
  ...Array.from({ length: 12 }, (_, index) =>
    alias(`deep-${index + 1}`, `deep-${index}.x.svc.cluster.local`),
  ),
  service('x/deep-0', { clusterIP: '10.96.0.20' }),
]
const { ask } = await dig([
  { id: 'prod', objects, zones: ['cluster.local', 'prod.example.com'], reverse: ['10.96.0.0/16'] },
  {
    id: 'dev',
    objects: [namespace('x'), service('x/web', { clusterIP: '10.97.0.1' })],
    zones: ['dev.example.com', 'cluster.local'],
  },
])

test('an alias within the cluster is followed, and comes before the records of its target', async () => {
  await ask('in.x.svc.cluster.local A').answers`
    in.x.svc.cluster.local.  5 IN CNAME web.x.svc.cluster.local.
    web.x.svc.cluster.local. 5 IN A 10.96.0.10`
  await ask('dotted.x.svc.cluster.local A').answers`
    dotted.x.svc.cluster.local. 5 IN CNAME web.x.svc.cluster.local.
    web.x.svc.cluster.local. 5 IN A 10.96.0.10`
})

test('the aliases of a chain are answered in order', async () => {
  await ask('twice.x.svc.cluster.local A').answers`
    twice.x.svc.cluster.local. 5 IN CNAME in.x.svc.cluster.local.
    in.x.svc.cluster.local. 5 IN CNAME web.x.svc.cluster.local.
    web.x.svc.cluster.local. 5 IN A 10.96.0.10`
})

test('aliases are followed for every type, not only for addresses', async () => {
  await ask('in.x.svc.cluster.local SRV').additional`web.x.svc.cluster.local. 5 IN A 10.96.0.10`.answers`
    in.x.svc.cluster.local. 5 IN CNAME web.x.svc.cluster.local.
    web.x.svc.cluster.local. 5 IN SRV 0 100 80 web.x.svc.cluster.local.`
  for (const type of ['AAAA', 'TXT', 'HTTPS', 'NS', 'SOA', 'PTR', 'TYPE65280']) {
    const { authority, rcode, answers } = await ask(`in.x.svc.cluster.local ${type}`).read()
    assert.equal(rcode, 'NOERROR')
    assert.deepEqual(answers, ['in.x.svc.cluster.local. 5 IN CNAME web.x.svc.cluster.local.'])
    assert.match(authority.join(), /^cluster\.local\. 5 IN SOA /)
  }
})

test('a query for CNAME or ANY gets the alias alone', async () => {
  await ask('in.x.svc.cluster.local CNAME')
    .answers`in.x.svc.cluster.local. 5 IN CNAME web.x.svc.cluster.local.`
  await ask('in.x.svc.cluster.local ANY').answers`in.x.svc.cluster.local. 5 IN CNAME web.x.svc.cluster.local.`
  await ask('self.x.svc.cluster.local CNAME')
    .answers`self.x.svc.cluster.local. 5 IN CNAME self.x.svc.cluster.local.`
})

test('an alias to a missing name is answered with the alias and NXDOMAIN', async () => {
  await ask('missing.x.svc.cluster.local A').behind`
    missing.x.svc.cluster.local. 5 IN CNAME nope.x.svc.cluster.local.`.nxdomain('cluster.local')
  await ask('impossible.x.svc.cluster.local A').behind`
    impossible.x.svc.cluster.local. 5 IN CNAME foo.cluster.local.`.nxdomain('cluster.local')
  await ask('below-self.x.svc.cluster.local A').behind`
    below-self.x.svc.cluster.local. 5 IN CNAME x.below-self.x.svc.cluster.local.`.nxdomain('cluster.local')
})

test('an alias may lead to the zone itself, or to a name without records', async () => {
  await ask('apex.x.svc.cluster.local NS').answers`
    apex.x.svc.cluster.local. 5 IN CNAME cluster.local.
    cluster.local. 5 IN NS ns.dns.cluster.local.`
  await ask('between.x.svc.cluster.local A').behind`
    between.x.svc.cluster.local. 5 IN CNAME x.svc.cluster.local.`.nodata('cluster.local')
})

test('a chain with a loop fails, with the reason', async () => {
  for (const name of ['self', 'a', 'b', 'c']) {
    const { error, response } = await ask(`${name}.x.svc.cluster.local A`).error(0).servfail(true)
    assert.match(error?.text ?? '', /^the aliases behind .* lead back to themselves/)
    assert.equal(response.headers['cache-control'], 'no-store')
  }
})

test(`a chain of ${maxAliasDepth} aliases is completed, and a longer one fails with the reason`, async () => {
  const { answers } = await ask(`deep-${maxAliasDepth}.x.svc.cluster.local A`).read()
  assert.equal(answers.length, maxAliasDepth + 1)
  assert.equal(answers.at(-1), 'deep-0.x.svc.cluster.local. 5 IN A 10.96.0.20')
  const { error } = await ask(`deep-${maxAliasDepth + 1}.x.svc.cluster.local A`)
    .error(0)
    .servfail(true)
  assert.match(error?.text ?? '', new RegExp(`^more than ${maxAliasDepth} aliases follow deep-`))
})

test('an alias that leaves the cluster is answered alone, for every type', async () => {
  for (const type of ['A', 'AAAA', 'HTTPS', 'SRV', 'CNAME']) {
    const { answers, authority, rcode } = await ask(`out.x.svc.cluster.local ${type}`).read()
    assert.equal(rcode, 'NOERROR')
    assert.deepEqual(answers, ['out.x.svc.cluster.local. 5 IN CNAME www.example.com.'])
    assert.deepEqual(authority, [])
  }
  await ask('chain-out.x.svc.cluster.local A').answers`
    chain-out.x.svc.cluster.local. 5 IN CNAME out.x.svc.cluster.local.
    out.x.svc.cluster.local. 5 IN CNAME www.example.com.`
})

test('a target is absolute even if it has one label, and a zone matches whole labels only', async () => {
  await ask('single.x.svc.cluster.local A').answers`single.x.svc.cluster.local. 5 IN CNAME web.`
  await ask('almost.x.svc.cluster.local A')
    .answers`almost.x.svc.cluster.local. 5 IN CNAME web.x.svc.notcluster.local.`
})

test('targets below the native domain are answered in the zone of the question', async () => {
  await ask('in.x.svc.prod.example.com A').answers`
    in.x.svc.prod.example.com. 5 IN CNAME web.x.svc.prod.example.com.
    web.x.svc.prod.example.com. 5 IN A 10.96.0.10`
  await ask('twice.x.svc.prod.example.com AAAA').behind`
    twice.x.svc.prod.example.com. 5 IN CNAME in.x.svc.prod.example.com.
    in.x.svc.prod.example.com. 5 IN CNAME web.x.svc.prod.example.com.`.nodata('prod.example.com')
  await ask('apex.x.svc.prod.example.com NS').answers`
    apex.x.svc.prod.example.com. 5 IN CNAME prod.example.com.
    prod.example.com. 5 IN NS ns.dns.prod.example.com.`
  await ask('out.x.svc.prod.example.com A').answers`out.x.svc.prod.example.com. 5 IN CNAME www.example.com.`
})

test('a target keeps its case, and its zone has the case of the question', async () => {
  await ask('upper.x.svc.cluster.local A').answers`
    upper.x.svc.cluster.local. 5 IN CNAME WEB.x.SVC.cluster.local.
    WEB.x.SVC.cluster.local. 5 IN A 10.96.0.10`
  await ask('In.X.Svc.CLUSTER.Local A').answers`
    In.X.Svc.CLUSTER.Local. 5 IN CNAME web.x.svc.CLUSTER.Local.
    web.x.svc.CLUSTER.Local. 5 IN A 10.96.0.10`
})

test('a target in another zone of the same cluster is followed', async () => {
  await ask('in-alias-zone.x.svc.cluster.local A').answers`
    in-alias-zone.x.svc.cluster.local. 5 IN CNAME web.x.svc.prod.example.com.
    web.x.svc.prod.example.com. 5 IN A 10.96.0.10`
  await ask('in-alias-zone.x.svc.cluster.local AAAA').behind`
    in-alias-zone.x.svc.cluster.local. 5 IN CNAME web.x.svc.prod.example.com.`.nodata('prod.example.com')
})

test('an alias is not followed into another cluster', async () => {
  await ask('other-cluster.x.svc.cluster.local A')
    .answers`other-cluster.x.svc.cluster.local. 5 IN CNAME web.x.svc.dev.example.com.`
  await ask('web.x.svc.dev.example.com A').answers`web.x.svc.dev.example.com. 5 IN A 10.97.0.1`
})

test('an alias is not followed into a reverse zone', async () => {
  await ask('reverse.x.svc.cluster.local PTR')
    .answers`reverse.x.svc.cluster.local. 5 IN CNAME 10.0.96.10.in-addr.arpa.`
})

test('max-age of a chain is its smallest TTL', async () => {
  const { response } = await ask('in.x.svc.cluster.local A').read()
  assert.equal(response.headers['cache-control'], 'max-age=5')
})
