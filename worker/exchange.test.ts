import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dig, dig, namespace, service, snapshotOf } from '../test/dig.ts'
import { rootOf, startMs } from './edge.case.ts'

/* The exchange when parts of a snapshot cannot be read. Tests of records are in answer/. */

const site = (address: string, age: number) =>
  ({
    objects: [namespace('x'), service('x/web', { clusterIP: address })],
    root: { generation: startMs + age, asOfMs: startMs + age },
  }) as const

/** An edge without room for blobs and answers in memory, so that every look-up reads the store. */
const forgetful = { memoryBytes: 1, answerBytes: 1 }

async function servicesKey(address: string): Promise<string> {
  const { content } = await snapshotOf(site(address, 0))
  return `test/blob/${content.services.shards[0]}`
}

async function addressAndGeneration(at: Dig): Promise<string> {
  const { rcode, answers, response } = await at.ask('web.x.svc.cluster.local A').read()
  const generation = /generation=(\d+)/.exec(response.headers['kubedoh-snapshot'] ?? '')?.[1]
  return `${answers[0]?.split(' ').at(-1) ?? rcode} of ${Number(generation) - startMs}`
}

async function later(at: Dig, ms: number): Promise<void> {
  at.clock.advance(ms)
  for (let look = 0; look < 3; look++) await at.ask('cluster.local SOA').read()
}

test('the previous view answers until the blobs of the newest root are visible', async () => {
  const at = await dig([site('10.0.0.1', 0)], forgetful)
  assert.equal(await addressAndGeneration(at), '10.0.0.1 of 0')

  await at.publish(site('10.0.0.2', 1))
  const key = await servicesKey('10.0.0.2')
  const text = at.kv.entries.get(key) ?? ''
  at.kv.entries.delete(key)
  for (let waited = 0; waited < 5; waited++) {
    await later(at, 31_000)
    assert.equal(await addressAndGeneration(at), '10.0.0.1 of 0')
  }

  at.kv.entries.set(key, text)
  await later(at, 31_000)
  assert.equal(await addressAndGeneration(at), '10.0.0.2 of 1')

  // A client that has seen the newer data never sees the older data again.
  at.kv.entries.delete(key)
  await at.ask('web.x.svc.cluster.local A').error(22).servfail()
})

test('an answer comes from one root, even if a newer one is published meanwhile', async () => {
  const at = await dig([site('10.0.0.1', 0)], forgetful)
  assert.equal(await addressAndGeneration(at), '10.0.0.1 of 0')
  const { get } = at.kv
  // The store changes after the root is read and before the blob is read.
  at.kv.get = async (key, options) => {
    if (key.includes('/blob/')) await at.publish(site('10.0.0.2', 1))
    return get(key, options)
  }
  assert.equal(await addressAndGeneration(at), '10.0.0.1 of 0')
})

test('an edge without clusters refuses every name except private reverse names, which are NXDOMAIN', async () => {
  const at = await dig([])
  await at.ask('web.x.svc.cluster.local A').error(20).refused()
  await at.ask('1.0.0.10.in-addr.arpa PTR').nxdomain('10.in-addr.arpa')
  await at.ask('8.8.8.8.in-addr.arpa PTR').error(20).refused()
})

test('a cluster without a snapshot does not affect the other clusters', async () => {
  const at = await dig([
    { ...site('10.0.0.1', 0), id: 'a', zones: ['a.example'] },
    { ...site('10.0.0.2', 0), id: 'b', zones: ['b.example'] },
  ])
  at.kv.entries.delete('b/root')
  await at.ask('web.x.svc.a.example A').answers`web.x.svc.a.example. 5 IN A 10.0.0.1`
  const { error } = await at.ask('web.x.svc.b.example A').error(14).servfail()
  assert.match(error?.text ?? '', /^cluster b has no snapshot/)
})

test('a query without OPT gets an answer without OPT, so without an extended error', async () => {
  const at = await dig([site('10.0.0.1', 0)])
  await at.ask('cluster.local SOA').read()
  at.clock.advance(rootOf().staleAfterMs + 1_000)
  await at.ask('web.x.svc.cluster.local A').error(3).answers`web.x.svc.cluster.local. 5 IN A 10.0.0.1`
  await at.ask('web.x.svc.cluster.local A', { edns: false }).answers`web.x.svc.cluster.local. 5 IN A 10.0.0.1`
})

test('RD and CD are copied from the query, AD is not', async () => {
  const at = await dig([site('10.0.0.1', 0)])
  for (const flags of [0, 0x0100, 0x0010, 0x0130]) {
    await at.ask('web.x.svc.cluster.local A', { flags }).answers`web.x.svc.cluster.local. 5 IN A 10.0.0.1`
  }
})

test('a chain of aliases over a slow store ends at the time limit of the query', async () => {
  const links = ['a', 'b', 'c', 'd', 'e', 'f']
  const objects = [
    namespace('x'),
    service('x/end', { clusterIP: '10.0.0.9' }),
    ...links.map((link, index) =>
      service(`x/${link}`, {
        type: 'ExternalName',
        externalName: `${links[index + 1] ?? 'end'}.x.svc.cluster.local`,
      }),
    ),
  ]
  const at = await dig([{ objects }], forgetful)
  await at.ask('end.x.svc.cluster.local A').answers`end.x.svc.cluster.local. 5 IN A 10.0.0.9`
  const { get } = at.kv
  let slowness = 0
  at.kv.get = (key, options) => {
    if (key.includes('/blob/')) at.clock.advance(slowness)
    return get(key, options)
  }
  assert.equal((await at.ask('a.x.svc.cluster.local A').read()).answers.length, 7)
  slowness = 1_500
  const before = at.clock.now()
  await at.ask('a.x.svc.cluster.local A').error(22).servfail()
  assert.ok(at.clock.now() - before < 8_000)
})
