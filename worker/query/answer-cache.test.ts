import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { type Dig, digAt, endpoint, namespace, type Site, service, slice } from '../../test/dig.ts'
import { anonymousView, viewKey } from '../access/caller.ts'
import { unreadSubject } from '../answer/subject.ts'
import { clusterConfig, get, startMs, startTestEdge } from '../edge.case.ts'
import { createAnswerCache } from './answer-cache.ts'

/* A cached answer must equal the answer that a new look-up would give. */

const addresses = Array.from({ length: 4 }, (_, index) => `10.0.0.${index + 1}`)
const generation = (age: number) => ({ generation: startMs + age, asOfMs: startMs + age })
const site = (age: number, list = addresses): Site => ({
  objects: [
    namespace('x'),
    service('x/web', { clusterIP: 'None' }),
    slice(
      'x/web',
      list.map((each) => endpoint(each)),
    ),
  ],
  root: generation(age),
})

const dig = (given: Site): Promise<Dig> =>
  digAt(startTestEdge(undefined, {}, { random: Math.random }), [given])

/** Counts the look-ups: a cached answer opens no blobs. */
function countOpens(at: Dig): () => number {
  let opens = 0
  const { open } = at.edge.reader
  at.edge.reader.open = (...given) => {
    opens++
    return open(...given)
  }
  return () => opens
}

test('a query with the same bytes is answered without a look-up, with its own ID and newly shuffled addresses', async () => {
  const at = await dig(site(0))
  const opens = countOpens(at)
  const orders = new Set<string>()
  const name = nameFromText('web.x.svc.cluster.local')
  for (let id = 1; id <= 500; id++) {
    const query = queryBytes(name, { id })
    const response = await at.send(get(`/dns-query?dns=${Buffer.from(query).toString('base64url')}`))
    const body = Buffer.from(response.body as Uint8Array)
    assert.equal(body.readUInt16BE(0), id)
    const list = [0, 1, 2, 3].map((index) => body[query.length + 16 * index + 15])
    assert.deepEqual(new Set(list), new Set([1, 2, 3, 4]))
    orders.add(list.join())
  }
  assert.equal(opens(), 1)
  assert.equal(orders.size, 24, 'all orders of four addresses occur in 500 answers')
})

test('a query with another type, case, flag or option is not answered from the cache', async () => {
  const at = await dig(site(0))
  const opens = countOpens(at)
  const questions = ['web.x.svc.cluster.local A', 'WEB.x.svc.cluster.local A', 'web.x.svc.cluster.local AAAA']
  for (let round = 0; round < 2; round++) {
    for (const question of questions) await at.ask(question).read()
    await at.ask('web.x.svc.cluster.local A', { edns: false }).read()
    await at.ask('web.x.svc.cluster.local A', { flags: 0 }).read()
  }
  assert.equal(opens(), 5)
})

test('a newer root invalidates cached answers', async () => {
  const at = await dig(site(0))
  await at.ask('web.x.svc.cluster.local A').read()
  await at.publish(site(1, ['10.0.0.9']))
  at.clock.advance(31_000)
  for (let look = 0; look < 3; look++) await at.ask('cluster.local SOA').read()
  await at.ask('web.x.svc.cluster.local A').answers`web.x.svc.cluster.local. 5 IN A 10.0.0.9`
})

test('an answer that was cached while fresh is answered as stale once the snapshot is stale', async () => {
  const at = await dig(site(0, ['10.0.0.1']))
  const answer = `web.x.svc.cluster.local. 5 IN A 10.0.0.1`
  assert.deepEqual((await at.ask('web.x.svc.cluster.local A').read()).answers, [answer])
  at.clock.advance(16 * 60_000)
  await at.ask('cluster.local SOA').read()
  await at.ask('web.x.svc.cluster.local A').error(3).answers`web.x.svc.cluster.local. 5 IN A 10.0.0.1`
  at.clock.advance(24 * 60 * 60_000)
  await at.ask('cluster.local SOA').read()
  await at.ask('web.x.svc.cluster.local A').error(14).servfail()
})

test('_snapshot, and a message with only a sample of the addresses, are not cached', async () => {
  const many = Array.from({ length: 300 }, (_, index) => `10.0.${index >> 8}.${index & 0xff}`)
  const at = await dig(site(0, many))
  const text = async (): Promise<string | undefined> =>
    (await at.ask('_snapshot.cluster.local TXT').read()).answers.find((line) => line.includes('age='))
  const first = await text()
  at.clock.advance(2_000)
  assert.notEqual(await text(), first)

  const seen = new Set<string>()
  for (let draw = 0; draw < 20; draw++) {
    const { answers } = await at.ask('web.x.svc.cluster.local A', { edns: false }).read()
    assert.ok(answers.length < 300)
    for (const line of answers) seen.add(line)
  }
  assert.equal(seen.size, 300)
})

/** An answer with this message, for a cache without an edge. */
function answerOf(message: Uint8Array): Parameters<ReturnType<typeof createAnswerCache>['set']>[3] {
  return {
    message: message,
    rcode: 0,
    subject: unreadSubject,
    maxAge: 5,
    cluster: clusterConfig({}),
    mark: {},
    settings: {},
    policy: null,
    needs: [],
    serial: 0,
    reportedAtMs: 0,
  }
}

test('the cache stays within its size, and answers in use outlive unused ones', () => {
  const cache = createAnswerCache(20_000)
  const at = (index: number): Uint8Array =>
    queryBytes(nameFromText(`n${index}.x.svc.cluster.local`), { id: index })
  for (let index = 0; index < 1_000; index++) {
    cache.set(at(index), anonymousView, 'http', answerOf(at(index)))
    assert.ok(cache.get(at(0), anonymousView, 'http'), `the first answer is evicted after ${index} others`)
    assert.ok(cache.bytes() <= 20_000)
  }
  const cached = Array.from({ length: 1_000 }, (_, index) =>
    cache.get(at(index), anonymousView, 'http'),
  ).filter(Boolean)
  assert.ok(cached.length > 10 && cached.length < 40, String(cached.length))
  assert.deepEqual(cache.get(at(999), anonymousView, 'http')?.message.subarray(2), at(999).subarray(2))
})

test('an answer larger than half of the cache is not stored', () => {
  const cache = createAnswerCache(800)
  const query = queryBytes(nameFromText('a'), { id: 1 })
  cache.set(query, anonymousView, 'http', answerOf(query))
  assert.equal(cache.get(query, anonymousView, 'http'), undefined)
  assert.equal(cache.bytes(), 0)
})

test('callers who see different namespaces share no answers', async () => {
  const cache = createAnswerCache(20_000)
  const query = queryBytes(nameFromText('a'), { id: 1 })
  const one = await viewKey([['test', new Set(['x'])]])
  const two = await viewKey([['test', new Set(['y'])]])
  const answer = answerOf(query)
  cache.set(query, one, 'http', answer)
  assert.ok(cache.get(query, await viewKey([['test', new Set(['x'])]]), 'http'))
  assert.equal(cache.get(query, two, 'http'), undefined)
  assert.equal(cache.get(query, { ...two, hash: one.hash }, 'http'), undefined)
  assert.equal(cache.get(query, anonymousView, 'http'), undefined)
})

test('an answer for one size of message is not given for another', () => {
  const cache = createAnswerCache(20_000)
  const query = queryBytes(nameFromText('a'), { id: 1 })
  const answer = answerOf(query)
  cache.set(query, anonymousView, 1_232, answer)
  assert.ok(cache.get(query, anonymousView, 1_232))
  for (const size of ['http', 512, 65_535] as const)
    assert.equal(cache.get(query, anonymousView, size), undefined)
})
