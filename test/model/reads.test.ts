import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SigningKey } from '../../snapshot/key.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { signRoot } from '../../snapshot/root.ts'
import { build } from '../../sync/build/snapshot.ts'
import { agentDefaults } from '../../sync/options.ts'
import { planPublish } from '../../sync/publish/plan.ts'
import { createRandom } from '../seeded-random.ts'
import { firstObjects, mutate, type Objects, storeOf } from './cluster-model.ts'
import { type Asked, expectedAnswer, zone } from './expected-answer.ts'
import { cluster, signingKey } from './simulation.ts'
import { type Answering, createSmallEdge, isRoot, type SmallEdge } from './small-edge.ts'
import { settleCrypto } from './synchronous-crypto.ts'

/* The costs of a query: reads of the store, time, and remaining memory. */

const startMs = Date.UTC(2026, 0, 5)
const restore = settleCrypto()
after(restore)

/** A generation in the store. */
type Stored = {
  readonly objects: Objects
  readonly jws: string
  readonly entries: ReadonlyMap<string, string>
}

let key: SigningKey
let first: Stored
let second: Stored

const alias: Asked = { name: `alias-0.shop.svc.${zone}`, type: 'A' }
const service: Asked = { name: `service-with-a-long-name-1.shop.svc.${zone}`, type: 'A' }

async function store(objects: Objects, atMs: number): Promise<Stored> {
  const snapshot = await build(
    storeOf(objects),
    { ...agentDefaults, static: false },
    { services: 2, endpoints: 1 },
  )
  const context = { cluster, nowMs: atMs, asOfMs: atMs, term: 1, heartbeatMs: 1, putAll: true }
  const changes = planPublish(undefined, snapshot, context)
  if (changes.kind === 'nothing') throw new Error('there is something to publish')
  const jws = await signRoot(changes.root, key)
  const blobs = [...snapshot.blobs].map(([hash, text]): [string, string] => [blobKey(cluster, hash), text()])
  return { objects, jws, entries: new Map([...blobs, [rootKey(cluster), jws]]) }
}

before(async () => {
  key = await signingKey()
  const random = createRandom(1)
  const objects = firstObjects(random)
  const [from = ''] = service.name.split('.svc.')
  const moved = new Map(objects.services).set(from, { kind: 'cluster', ip: '10.96.9.1', endpoints: [] })
  first = await store(objects, startMs - 10_000)
  second = await store(mutate({ ...objects, services: moved }, random), startMs + 20_000)
})

/** A store that answers after 10 ms. */
function quick(stored: () => Stored | undefined): Answering {
  return ({ key: asked }) => ({ ms: 10, value: stored()?.entries.get(asked) ?? null })
}

/** Lets time pass until the answer arrives; returns it with its duration. */
async function hearOf(small: SmallEdge, asked: Asked): Promise<{ told: string; rcode: string; ms: number }> {
  const startedMs = small.time.now()
  let heard: { told: string; rcode: string; ms: number } | undefined
  void small.ask(asked).then(({ told, rcode }) => (heard = { told, rcode, ms: small.time.now() - startedMs }))
  for (let waited = 0; !heard && waited < 20_000; waited++) await small.time.pass(heard ? 0 : 1)
  if (!heard) throw new Error('no answer in 20 s')
  return heard
}

test('a cold query reads the store in two steps: the root, then its blobs', async () => {
  for (const [asked, blobs] of [
    [service, 1],
    [{ name: '1.0.244.10.in-addr.arpa', type: 'PTR' }, 1],
    [{ name: '1.0.96.10.in-addr.arpa', type: 'PTR' }, 1],
    [{ name: `10-244-0-1.${service.name}`, type: 'A' }, 2],
  ] satisfies [Asked, number][]) {
    const small = createSmallEdge(
      key.publicKey,
      startMs,
      quick(() => first),
    )
    const { ms, told } = await hearOf(small, asked)
    assert.equal(told, expectedAnswer(asked, first.objects))
    assert.equal(ms, 20, asked.name)
    assert.equal(small.reads.length, 1 + blobs, asked.name)
  }
})

test('a warm query reads nothing, takes no time and leaves nothing running', async () => {
  const small = createSmallEdge(
    key.publicKey,
    startMs,
    quick(() => first),
  )
  await hearOf(small, service)
  small.reads.length = 0
  small.tasks.given.length = 0
  const steps = small.time.steps()
  for (let count = 0; count < 100; count++) assert.equal((await hearOf(small, service)).ms, 0)
  assert.deepEqual([small.reads.length, small.tasks.given.length, small.time.steps() - steps], [0, 0, 0])
})

test('concurrent queries on a cold isolate read as much as one query', async () => {
  const small = createSmallEdge(
    key.publicKey,
    startMs,
    quick(() => first),
  )
  const herd = Array.from({ length: 200 }, () => small.ask(service))
  await small.time.pass(100)
  for (const { rcode } of await Promise.all(herd)) assert.equal(rcode, 'NOERROR')
  assert.equal(small.reads.length, 2)
})

test('a slow refresh is one read, for any number of queries meanwhile', async () => {
  let isSlow = false
  const small = createSmallEdge(key.publicKey, startMs, (read) => ({
    ms: isSlow ? 1_900 : 10,
    value: first.entries.get(read.key) ?? null,
  }))
  await hearOf(small, service)
  await small.time.pass(31_000)
  isSlow = true
  small.reads.length = 0
  small.tasks.given.length = 0
  for (let count = 0; count < 180; count++) {
    assert.equal((await hearOf(small, service)).ms, 0)
    await small.time.pass(10)
  }
  assert.equal(small.reads.length, 1)
  assert.ok(small.tasks.given.length <= 4, `${small.tasks.given.length} promises in waitUntil`)
})

test('a hanging read of the root delays a cold query by one deadline', async () => {
  let count = 0
  const small = createSmallEdge(key.publicKey, startMs, (read) => ({
    ms: isRoot(read) && count++ === 0 ? undefined : 10,
    value: first.entries.get(read.key) ?? null,
  }))
  const { rcode, ms } = await hearOf(small, service)
  assert.deepEqual([rcode, ms], ['NOERROR', 2_020])
})

test('an isolate that found no root reads again after a second', async () => {
  const now: { stored?: Stored } = {}
  const small = createSmallEdge(
    key.publicKey,
    startMs,
    quick(() => now.stored),
  )
  assert.equal((await hearOf(small, service)).rcode, 'SERVFAIL')
  assert.equal((await hearOf(small, service)).ms, 0)
  assert.equal(small.reads.length, 1)
  now.stored = first
  await small.time.pass(1_000)
  assert.equal((await hearOf(small, service)).rcode, 'NOERROR')
})

test('queries do not wait while the shards of a newer root are read', async () => {
  let stored = first
  const small = createSmallEdge(key.publicKey, startMs, (read) => {
    const value = isRoot(read) ? stored.jws : (first.entries.get(read.key) ?? null)
    return { ms: 10, value }
  })
  for (const asked of [service, alias]) await hearOf(small, asked)
  await small.time.pass(31_000)
  stored = second
  for (let count = 0; count < 500; count++) {
    const { told, ms } = await hearOf(small, service)
    assert.deepEqual([told, ms], [expectedAnswer(service, first.objects), 0])
    await small.time.pass(210)
  }
})

test('a blob that is not in the store yet is not read at every query', async () => {
  const small = createSmallEdge(key.publicKey, startMs, (read) => ({
    ms: 10,
    value: isRoot(read) ? first.jws : null,
  }))
  for (let count = 0; count < 300; count++) {
    assert.equal((await hearOf(small, service)).rcode, 'SERVFAIL')
    await small.time.pass(10)
  }
  assert.ok(small.reads.length < 20, `${small.reads.length} reads in 3 s`)
})

test('queries for unassigned addresses do not fill the memory', async () => {
  const small = createSmallEdge(
    key.publicKey,
    startMs,
    quick(() => first),
  )
  for (let count = 0; count < 1_000; count++) {
    const nibbles = (count * 65_537).toString(16).padStart(30, '0').split('').toReversed().join('.')
    await hearOf(small, { name: `${nibbles}.d.f.ip6.arpa`, type: 'PTR' })
  }
  const view = small.edge.reader.status()[0]?.view
  assert.ok(view && view.answered.size < 10, `${view?.answered.size} slots in memory`)
})

test('a wake-up during a refresh is not lost', async () => {
  let stored = first
  const small = createSmallEdge(key.publicKey, startMs, (read) => ({
    ms: isRoot(read) ? 100 : 10,
    // The value of a read is determined at its start.
    value: stored.entries.get(read.key) ?? null,
  }))
  await hearOf(small, service)
  small.edge.reader.wake(cluster, small.tasks)
  await small.time.pass(50)
  stored = second
  small.edge.reader.wake(cluster, small.tasks)
  await small.time.pass(300)
  assert.equal((await hearOf(small, service)).told, expectedAnswer(service, second.objects))
})
