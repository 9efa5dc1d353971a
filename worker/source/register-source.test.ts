import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { createTestClock } from '../edge.case.ts'
import type { Head, RegisterReads } from '../register/reads.ts'
import { createRegisterSource } from './register-source.ts'

const log = { info: () => undefined, warn: () => undefined }

/** A register with one root, a KV with an older one, and the cache of a location. */
async function setUp({ doesCache = true } = {}) {
  const clock = createTestClock()
  const asked: string[] = []
  const entries = new Map<string, { readonly text: string; readonly untilMs: number }>()
  const cache = {
    async get(name: string) {
      const entry = entries.get(name)
      return entry && clock.now() < entry.untilMs ? entry.text : undefined
    },
    async put(name: string, text: string, seconds: number) {
      if (doesCache) entries.set(name, { text, untilMs: clock.now() + 1_000 * seconds })
    },
  }
  const state = {
    value: 'root 1',
    /** Another value than the one that the head names. */
    forged: undefined as string | undefined,
    generation: 1,
    againMs: 1_000,
    isAway: false,
    slow: undefined as Promise<void> | undefined,
    young: ['young'] as readonly string[] | 'all',
    texts: {} as Record<string, string>,
    kvRoot: undefined as string | undefined,
  }
  const awayOr = async <T>(name: string, value: T): Promise<T> => {
    asked.push(name)
    await state.slow
    if (state.isAway) throw new Error('overloaded')
    return value
  }
  const register: RegisterReads = {
    head: async (_, known) => {
      const { generation, againMs, value, young, texts } = state
      const head: Head = { generation, term: 0, hash: await hashBlob(value), againMs }
      const isKnown = known === head.hash
      const read = isKnown ? { head } : { head, root: { value: state.forged ?? value, young, texts } }
      return awayOr(isKnown ? 'head' : 'head, root', read)
    },
    blobs: (_, hashes) =>
      awayOr(
        `blobs ${hashes.join()}`,
        hashes.map((hash) => (hash === 'gone' ? null : `register's ${hash}`)),
      ),
    buckets: (_, wanted) => {
      const asks = wanted.map(({ hash, family, name }) => `${hash} for ${family}/${name}`)
      const texts = wanted.map(({ hash }) => (hash === 'gone' ? null : `register's ${hash}`))
      return awayOr(`buckets ${asks.join()}`, { texts, blobs: { wanted: 'text of wanted' } })
    },
  }
  const kvReads: string[] = []
  const kv = {
    async get(key: string, { cacheTtl }: { readonly cacheTtl: number }) {
      kvReads.push(`${key} ${cacheTtl}`)
      if (key === 'c/root' && state.kvRoot) return state.kvRoot
      return key.endsWith('late') ? null : `KV's ${key}`
    },
  }
  const background: Promise<unknown>[] = []
  const newRequest = () => ({ waitUntil: (promise: Promise<unknown>) => void background.push(promise) })
  const isolate = () => createRegisterSource({ registerOf: () => register, kv, cache, clock, log })
  const settle = () => Promise.all(background)
  return { clock, asked, entries, state, kvReads, newRequest, isolate, settle }
}

test('isolates of one location share the head for a second, and the root by its hash', async () => {
  const { isolate, newRequest, asked, clock, settle, state } = await setUp()
  const [one, two] = [isolate(), isolate()]
  assert.equal(await one.root('c', newRequest(), 'due'), 'root 1')
  await settle()
  assert.equal(await two.root('c', newRequest(), 'due'), 'root 1')
  assert.deepEqual(asked, ['head, root'])
  assert.deepEqual(one.pace('c', clock.now()), { refreshMs: 1_000, idleMs: 2_000, waitMs: 1_500 })
  clock.advance(1_000)
  Object.assign(state, { value: 'root 2', generation: 2 })
  assert.equal(await two.root('c', newRequest(), 'due'), 'root 2')
  await settle()
  assert.equal(await one.root('c', newRequest(), 'due'), 'root 2')
  assert.deepEqual(asked, ['head, root', 'head, root'])
  assert.equal(one.confirmedAtMs('c'), clock.now())
})

test('after a reported change, an isolate asks the register, and the location shares what it found', async () => {
  const { isolate, newRequest, asked, settle, state } = await setUp()
  const [one, two] = [isolate(), isolate()]
  await one.root('c', newRequest(), 'due')
  await settle()
  Object.assign(state, { value: 'root 2', generation: 2 })
  assert.equal(await two.root('c', newRequest(), 'due'), 'root 1', 'the shared head is younger than a second')
  assert.equal(await two.root('c', newRequest(), 'changed'), 'root 2')
  await settle()
  assert.equal(await one.root('c', newRequest(), 'due'), 'root 2')
  assert.deepEqual(asked, ['head, root', 'head, root'])
})

test('where the cache does nothing, an isolate asks the register itself, every two seconds', async () => {
  const { isolate, newRequest, asked, clock, settle } = await setUp({ doesCache: false })
  const source = isolate()
  for (let look = 0; look < 2; look++) {
    assert.equal(await source.root('c', newRequest(), 'due'), 'root 1')
    await settle()
  }
  assert.deepEqual(asked, ['head, root', 'head'])
  assert.deepEqual(source.pace('c', clock.now()), { refreshMs: 2_000, idleMs: 3_000, waitMs: 1_500 })
})

test('the register stretches the interval', async () => {
  const { isolate, newRequest, clock, state } = await setUp()
  state.againMs = 7_000
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  assert.deepEqual(source.pace('c', clock.now()), { refreshMs: 7_000, idleMs: 8_000, waitMs: 1_500 })
})

test('the root of KV is read while the register is away; the register is asked again after a growing time', async () => {
  const { isolate, newRequest, clock, state, asked } = await setUp()
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  const confirmedAtMs = source.confirmedAtMs('c')
  clock.advance(2_000)
  state.isAway = true
  for (const restMs of [500, 2_000, 8_000, 30_000, 30_000]) {
    assert.equal(await source.root('c', newRequest(), 'due'), "KV's c/root")
    assert.deepEqual(source.pace('c', clock.now()), { refreshMs: 30_000, idleMs: 60_000, waitMs: 300 })
    asked.length = 0
    clock.advance(restMs - 1)
    assert.equal(await source.root('c', newRequest(), 'due'), "KV's c/root")
    assert.equal(await source.blob('c', 'young', 0, newRequest()), "KV's c/blob/young")
    assert.deepEqual(asked, [])
    assert.equal(source.confirmedAtMs('c'), confirmedAtMs)
    clock.advance(1)
  }
  state.isAway = false
  assert.equal(await source.root('c', newRequest(), 'due'), 'root 1')
  assert.equal(source.confirmedAtMs('c'), clock.now())
})

test('a register that does not answer within a second is away until its answer comes', async () => {
  const { isolate, newRequest, clock, state, settle } = await setUp()
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  await settle()
  clock.advance(2_000)
  const { promise, resolve } = Promise.withResolvers<void>()
  Object.assign(state, { slow: promise, value: 'root 2', generation: 2 })
  const root = source.root('c', newRequest(), 'due')
  for (let turn = 0; turn < 30; turn++) await Promise.resolve()
  clock.advance(1_000)
  assert.equal(await root, "KV's c/root")
  assert.equal(source.pace('c', clock.now()).refreshMs, 30_000)
  resolve()
  await settle()
  assert.equal(source.pace('c', clock.now()).refreshMs, 1_000)
  Object.assign(state, { slow: undefined, isAway: true })
  assert.equal(await source.root('c', newRequest(), 'due'), 'root 2')
})

test('an older head, or a root with other bytes, of the cache is not used', async () => {
  const { isolate, newRequest, clock, state, entries, settle } = await setUp()
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  await settle()
  const old = entries.get('c/head')
  clock.advance(1_000)
  Object.assign(state, { value: 'root 2', generation: 2 })
  assert.equal(await source.root('c', newRequest(), 'due'), 'root 2')
  await settle()
  const confirmedAtMs = source.confirmedAtMs('c')
  const text = JSON.stringify({ ...JSON.parse(old?.text ?? ''), atMs: clock.now() })
  entries.set('c/head', { text, untilMs: clock.now() + 1_000 })
  assert.equal(await source.root('c', newRequest(), 'due'), 'root 2')
  assert.equal(source.confirmedAtMs('c'), confirmedAtMs)
  const hash = await hashBlob('root 2')
  const forged = { value: 'forged', young: [], texts: {} }
  const head = { generation: 2, term: 0, hash, againMs: 1_000 }
  for (const [rootText, headText] of [
    ['{', '{'],
    [JSON.stringify(forged), '{}'],
    [JSON.stringify({ value: 'root 2' }), JSON.stringify({ head: { hash: 1 } })],
    [JSON.stringify(forged), JSON.stringify({ head, atMs: clock.now() })],
    [JSON.stringify(forged), JSON.stringify({ head: { ...head, hash: 'none' }, atMs: clock.now() })],
    // A head from the future would be used for ever.
    [JSON.stringify(forged), JSON.stringify({ head, atMs: clock.now() + 1e9 })],
  ] as const) {
    entries.set(`c/root/${hash}`, { text: rootText, untilMs: clock.now() + 1_000 })
    entries.set('c/head', { text: headText, untilMs: clock.now() + 1_000 })
    assert.equal(await isolate().root('c', newRequest(), 'due'), 'root 2')
  }
})

test('a register whose root has another hash than its head is away', async () => {
  const { isolate, newRequest, clock, state } = await setUp()
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  clock.advance(2_000)
  Object.assign(state, { value: 'root 2', generation: 2, forged: 'forged' })
  assert.equal(await source.root('c', newRequest(), 'due'), "KV's c/root")
  clock.advance(500)
  state.forged = undefined
  assert.equal(await source.root('c', newRequest(), 'due'), 'root 2')
})

test('blobs that came with the root are not read again, unless they were wrong', async () => {
  const { isolate, newRequest, state, asked, kvReads } = await setUp()
  state.texts = { young: 'text of young' }
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  assert.equal(await source.blob('c', 'young', 0, newRequest()), 'text of young')
  assert.deepEqual([asked, kvReads], [['head, root'], []])
  assert.equal(await source.blob('c', 'young', 1, newRequest()), "register's young")
})

test('young blobs come from the register, others from KV; what one does not have comes from the other', async () => {
  const { isolate, newRequest, clock, state, kvReads } = await setUp()
  state.young = ['young', 'gone']
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  const read = (hash: string, attempt: 0 | 1 = 0) => source.blob('c', hash, attempt, newRequest())
  assert.equal(await read('young'), "register's young")
  assert.equal(await read('old'), "KV's c/blob/old")
  assert.equal(await read('gone'), "KV's c/blob/gone")
  assert.equal(await read('late'), null)
  assert.equal(await read('late', 1), "register's late")
  // KV must not keep the absence of a young blob for a day.
  assert.deepEqual(kvReads, ['c/blob/old 86400', 'c/blob/gone 30', 'c/blob/late 86400'])
  clock.advance(180_000)
  assert.equal(await read('young'), "KV's c/blob/young")
})

test('before a checkpoint is old enough, all blobs come from the register', async () => {
  const { isolate, newRequest, clock, state } = await setUp()
  state.young = 'all'
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  assert.equal(await source.blob('c', 'old', 0, newRequest()), "register's old")
  clock.advance(180_000)
  assert.equal(await source.blob('c', 'old', 0, newRequest()), "KV's c/blob/old")
})

test('a bucket comes with the root, from the register, or from the value in KV', async () => {
  const { isolate, newRequest, state, asked, kvReads } = await setUp()
  state.texts = { near: 'text of near' }
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  asked.length = 0
  const read = (hash: string, attempt: 0 | 1 = 0, request = newRequest()) =>
    source.bucket('c', { index: 1, hash, family: 'services', name: '7' }, attempt, request)
  assert.equal(await read('near'), 'text of near')
  assert.equal(await read('near', 1), "register's near")
  const request = newRequest()
  const both = await Promise.all([read('far', 0, request), read('other', 0, request)])
  assert.deepEqual(both, ["register's far", "register's other"])
  assert.deepEqual(asked, ['buckets near for services/7', 'buckets far for services/7,other for services/7'])
  state.kvRoot = 'jws\nbucket 0\nbucket 1'
  assert.equal(await read('gone'), 'bucket 1')
  state.isAway = true
  assert.equal(await read('away'), 'bucket 1')
  state.kvRoot = 'jws of another root'
  assert.equal(await read('away'), null)
  assert.deepEqual(kvReads, ['c/root 30', 'c/root 30', 'c/root 30'])
})

test('the blob for which a bucket is read comes with it, unless it was wrong', async () => {
  const { isolate, newRequest, asked } = await setUp()
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  await source.bucket('c', { index: 1, hash: 'b', family: 'services', name: '7' }, 0, newRequest())
  asked.length = 0
  assert.equal(await source.blob('c', 'wanted', 0, newRequest()), 'text of wanted')
  assert.deepEqual(asked, [])
  assert.equal(await source.blob('c', 'wanted', 1, newRequest()), "register's wanted")
})

test('the reads of one request are one question, and no request waits for that of another', async () => {
  const { isolate, newRequest, state, asked } = await setUp()
  const names = ['a', 'b', 'c', 'd', 'e']
  state.young = names
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  asked.length = 0
  const [one, two] = [newRequest(), newRequest()]
  const texts = await Promise.all([
    ...names.map((hash) => source.blob('c', hash, 0, one)),
    source.blob('c', 'a', 0, two),
  ])
  assert.deepEqual(texts, [...names.map((name) => `register's ${name}`), "register's a"])
  assert.deepEqual(asked.toSorted(), ['blobs a', 'blobs a,b,c,d,e'])
})

test('a register without a root leaves the word to KV', async () => {
  const { isolate, newRequest, clock, settle } = await setUp()
  const source = isolate()
  await source.root('c', newRequest(), 'due')
  await settle()
  const nothing = { texts: [], blobs: {} }
  const registerOf = () => ({
    head: async () => null,
    blobs: async () => [],
    buckets: async () => nothing,
  })
  const kv = { get: async () => 'root of KV' }
  const cache = { get: async () => undefined, put: async () => undefined }
  const first = createRegisterSource({ registerOf, kv, cache, clock, log })
  assert.equal(await first.root('c', newRequest(), 'due'), 'root of KV')
  assert.equal(first.confirmedAtMs('c'), clock.now())
})
