import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../host/store/database.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import { readBucket } from '../../snapshot/bucket.ts'
import { bucketsIn } from '../../snapshot/root-value.ts'
import type { ShardFamilyName } from '../../snapshot/schema.ts'
import type { Sql } from '../ports.ts'
import { maxBlobsPerRead, maxTextLength } from './reads.ts'
import { blobNamed, callAt, packedOf, rootOf } from './register.case.ts'
import type { IncomingRoot } from './register.ts'
import { createServingRegister, type ServingLimits, type ServingRegister } from './serving-register.ts'
import { createSqlRegister } from './sql-register.ts'

const minuteMs = 60_000
const log = { info: () => undefined, warn: () => undefined }
const unlimited: ServingLimits = { writesPerDay: null, readsPerDay: null }

/** A register that serves, a key-value store that lists its writes, and a clock. */
function setUp(limits: ServingLimits = unlimited, sql: Sql = openDatabase(':memory:')) {
  const values = new Map<string, string>()
  const puts: string[] = []
  const kv = {
    async put(key: string, value: string) {
      puts.push(key)
      values.set(key, value)
    },
    delete: async (key: string) => void values.delete(key),
  }
  const clock = { nowMs: 1_000_000_000_000 }
  const start = (): ServingRegister => createServingRegister(sql, kv, log, limits, () => clock.nowMs)
  /** Makes all steps of a checkpoint that are due. Resolves to when the next one is. */
  const checkpoint = async (register: ServingRegister): Promise<number | undefined> => {
    for (let step = 0; step < 100; step++) {
      const dueMs = await register.checkpoint('c', clock.nowMs)
      if (dueMs === undefined || dueMs > clock.nowMs) return dueMs
    }
    return assert.fail('a checkpoint of more than 100 steps')
  }
  return { values, puts, sql, kv, clock, start, checkpoint, register: start() }
}

type Setting = ReturnType<typeof setUp>

async function publish({ clock }: Setting, register: ServingRegister, names: readonly string[]) {
  const blobs = names.map((name) => blobNamed(name))
  for (let at = 0; at < blobs.length; at += 24)
    assert.equal((await register.putBlobs(callAt(clock.nowMs), blobs.slice(at, at + 24))).refused, null)
  const root = rootOf(clock.nowMs, blobs)
  assert.equal((await register.putRoot(callAt(clock.nowMs), root)).refused, null)
  return root
}

/** The root as a reader without one gets it. */
const readRoot = async (register: ServingRegister) => (await register.head('c', ''))?.root

test('a root is served at once, with its blobs, also by a register that was started again', async () => {
  const setting = setUp()
  assert.equal(await setting.register.head('c', ''), null)
  const root = await publish(setting, setting.register, ['a', 'b'])
  const hash = await hashBlob(root.jws)
  for (const register of [setting.register, setting.start()]) {
    const head = { generation: root.generation, term: 0, hash, againMs: 1_000 }
    const read = { value: root.jws, young: 'all', texts: {} }
    assert.deepEqual(await register.head('c', 'other'), { head, root: read })
    assert.deepEqual(await register.head('c', hash), { head })
    const asked = ['a', 'x', 'b'].map((name) => blobNamed(name).hash)
    assert.deepEqual(await register.blobs('c', asked), ['text of a', null, 'text of b'])
    assert.deepEqual(await register.head('d', ''), null)
  }
  assert.deepEqual(setting.puts, [])
})

test('a changed root comes with the blobs that were added since the root of the reader', async () => {
  const setting = setUp()
  const { register, clock } = setting
  const known: string[] = []
  for (const names of [['a'], ['a', 'b'], ['b', 'c'], ['c', 'd', 'e']]) {
    clock.nowMs += 2_000
    known.push(await hashBlob((await publish(setting, register, names)).jws))
  }
  const texts = async (hash: string) =>
    Object.values((await register.head('c', hash))?.root?.texts ?? {}).toSorted()
  assert.deepEqual(await texts(known[2] ?? ''), ['text of d', 'text of e'])
  assert.deepEqual(await texts(known[0] ?? ''), ['text of c', 'text of d', 'text of e'])
  assert.deepEqual(await texts('forgotten'), ['text of c', 'text of d', 'text of e'])
})

test('the texts that come with a root are limited in number and length', async () => {
  const setting = setUp()
  await publish(setting, setting.register, ['a'])
  const many = Array.from({ length: 100 }, (_, index) => `n${index}`)
  setting.clock.nowMs += 2_000
  await publish(setting, setting.register, many)
  assert.equal(Object.keys((await readRoot(setting.register))?.texts ?? {}).length, maxBlobsPerRead)
  const long = ['x', 'y', 'z'].map((letter) => letter.repeat(maxTextLength / 2))
  setting.clock.nowMs += 2_000
  await publish(setting, setting.register, long)
  assert.equal(Object.keys((await readRoot(setting.register))?.texts ?? {}).length, 1)
})

test('a wide root comes without its buckets, and a changed one with those that changed', async () => {
  const setting = setUp()
  const { register, clock } = setting
  const names = Array.from({ length: 4_000 }, (_, index) => `n${index}`)
  const put = async (listed: readonly string[]): Promise<IncomingRoot> => {
    const blobs = listed.map((name) => blobNamed(name))
    const root = await packedOf(rootOf(clock.nowMs, blobs), 5)
    for (let at = 0; at < blobs.length; at += 1_000)
      await register.putBlobs(callAt(clock.nowMs), blobs.slice(at, at + 1_000))
    assert.equal((await register.putRoot(callAt(clock.nowMs), root)).refused, null)
    return root
  }
  const first = await put(names)
  clock.nowMs += 2_000
  const second = await put([...names, 'more'])
  const read = (await register.head('c', await hashBlob(first.jws)))?.root
  assert.equal(read?.value, second.jws)
  const before = new Set(first.buckets?.hashes.shards)
  const changed = second.buckets?.sent.filter(({ hash }) => !before.has(hash)) ?? []
  assert.equal(changed.length, 1)
  const added = [...changed, blobNamed('more')].map(({ hash, text }) => [hash, text])
  assert.deepEqual(read?.texts, Object.fromEntries(added))
  // A bucket comes with the blob for which it is read.
  const { hash: bucket = '', text = '' } = changed[0] ?? {}
  const [family, shards = {}] = Object.entries(readBucket(text))[0] ?? []
  const name = Object.keys(shards).find((each) => shards[each] === blobNamed('more').hash) ?? ''
  const shard = { family: family as ShardFamilyName, name }
  assert.deepEqual(
    await register.buckets('c', [
      { hash: bucket, ...shard },
      { hash: 'x', ...shard },
    ]),
    {
      texts: [text, null],
      blobs: { [blobNamed('more').hash]: 'text of more' },
    },
  )
  // A reader of the root before it may still need a bucket that was replaced.
  const old = first.buckets?.sent.find(({ hash }) => !second.buckets?.hashes.shards.includes(hash))
  const replaced = await register.buckets('c', [{ hash: old?.hash ?? '', ...shard }])
  assert.deepEqual(replaced, { texts: [old?.text], blobs: {} })
  const other = { hash: bucket, ...shard, name: '__proto__' }
  assert.deepEqual(await register.buckets('c', [other]), { texts: [text], blobs: {} })
  // A root that became small comes as a whole.
  clock.nowMs += 2_000
  const small = await put(names.slice(0, 1_000))
  assert.deepEqual(
    bucketsIn((await readRoot(register))?.value ?? '').length,
    small.buckets?.hashes.shards.length,
  )
})

test('the head is read without a row', async () => {
  const database = openDatabase(':memory:')
  let statements = 0
  const sql: Sql = {
    run: (statement, ...values) => {
      statements++
      return database.run(statement, ...values)
    },
    transaction: database.transaction,
  }
  const setting = setUp(unlimited, sql)
  const hash = await hashBlob((await publish(setting, setting.register, ['a'])).jws)
  statements = 0
  for (let poll = 0; poll < 10; poll++) await setting.register.head('c', hash)
  assert.equal(statements, 0)
})

test('a checkpoint writes the blobs before the root, and roots in between never reach the store', async () => {
  const setting = setUp()
  const { register, clock, puts, values, checkpoint } = setting
  const names = Array.from({ length: 60 }, (_, index) => `n${index}`)
  await publish(setting, register, names)
  assert.equal(await checkpoint(register), undefined)
  assert.equal(puts.length, 61)
  assert.equal(puts.at(-1), 'c/root')
  puts.length = 0
  for (let change = 0; change < 20; change++) {
    clock.nowMs += 2_000
    await publish(setting, register, [...names.slice(1), `change${change}`])
    await checkpoint(register)
  }
  assert.deepEqual(puts, [])
  clock.nowMs += 20_000
  assert.equal(await checkpoint(register), undefined)
  assert.deepEqual(puts, [`c/blob/${blobNamed('change19').hash}`, 'c/root'])
  assert.equal(values.get('c/blob/' + blobNamed('n0').hash), 'text of n0')
})

test('blobs are young until two minutes after their checkpoint', async () => {
  const setting = setUp()
  const { register, clock, checkpoint } = setting
  const young = async () => (await readRoot(register))?.young
  await publish(setting, register, ['a', 'b'])
  await checkpoint(register)
  clock.nowMs += 2 * minuteMs - 1
  assert.equal(await young(), 'all')
  clock.nowMs += 1
  assert.deepEqual(await young(), [])
  await publish(setting, register, ['a', 'c'])
  await checkpoint(register)
  assert.deepEqual(await young(), [blobNamed('c').hash])
  clock.nowMs += 2 * minuteMs
  assert.deepEqual(await young(), [])
})

test('checkpoints keep to the budget of a day', async () => {
  const setting = setUp({ writesPerDay: 100, readsPerDay: null })
  const { register, clock, puts, checkpoint } = setting
  for (let change = 0; change < 2 * 24 * 12; change++) {
    clock.nowMs += 5 * minuteMs
    await publish(setting, register, [`change${change}`, `other${change}`])
    await checkpoint(register)
  }
  assert.ok(puts.length > 190 && puts.length < 255, `${puts.length} keys in two days`)
})

test('a root value of more than 2 MB is served in parts, and no row or value in a statement is that large', async () => {
  const database = openDatabase(':memory:')
  let largest = 0
  const sql: Sql = {
    run(statement, ...values) {
      const lengths = values.map((value) => (typeof value === 'string' ? value.length : 0))
      largest = Math.max(
        largest,
        lengths.reduce((sum, length) => sum + length, 0),
      )
      return database.run(statement, ...values)
    },
    transaction: database.transaction,
  }
  const setting = setUp(unlimited, sql)
  const { register, clock } = setting
  const blobs = Array.from({ length: 45_000 }, (_, index) => blobNamed(`n${index}`))
  // The agent sends 24 blobs in a request, which would take long here.
  database.transaction(() => {
    for (const cluster of ['c', 'c/own'])
      for (const { hash } of blobs)
        database.run('INSERT INTO blob_v1 VALUES (?, ?, ?, ?)', cluster, hash, 'written', clock.nowMs)
  })
  const root = await packedOf(rootOf(clock.nowMs, blobs), 10)
  for (const sent of root.buckets?.sent ?? []) await register.putBuckets(callAt(clock.nowMs), [sent])
  const { refused } = await register.putRoot(callAt(clock.nowMs), {
    ...root,
    buckets: root.buckets && { ...root.buckets, sent: [] },
  })
  assert.equal(refused, null)
  const sent = root.buckets?.sent ?? []
  assert.ok(sent.reduce((sum, { text }) => sum + text.length, 0) > 2_000_000)
  for (const served of [register, setting.start()]) {
    assert.equal((await readRoot(served))?.value, root.jws)
    for (let at = 0; at < sent.length; at += maxBlobsPerRead) {
      const some = sent.slice(at, at + maxBlobsPerRead)
      const { texts } = await served.buckets(
        'c',
        some.map(({ hash }) => ({ hash, family: 'services', name: '0' })),
      )
      assert.deepEqual(
        texts,
        some.map(({ text }) => text),
      )
    }
  }
  assert.ok(largest < 2_000_000, `${largest} characters`)
})

test('a changed policy does not wait for the budget of a day', async () => {
  const setting = setUp({ writesPerDay: 4, readsPerDay: null })
  const { register, clock, values, checkpoint } = setting
  for (let change = 0; change < 4; change++) {
    clock.nowMs += minuteMs
    await publish(setting, register, [`change${change}`])
    await checkpoint(register)
  }
  const stored = values.get('c/root')
  clock.nowMs += minuteMs
  assert.ok(((await checkpoint(register)) ?? 0) > clock.nowMs + minuteMs)
  const policy = { head: blobNamed('change3').hash, tokens: { bits: 0, shards: [null] } }
  const root = rootOf(clock.nowMs, [blobNamed('change3')], 0, { policy })
  assert.equal((await register.putRoot(callAt(clock.nowMs), root)).refused, null)
  await checkpoint(register)
  assert.notEqual(values.get('c/root'), stored)
  assert.equal(values.get('c/root'), root.jws)
})

test('a register that did not serve before goes on where it was', async () => {
  const setting = setUp()
  const { sql, kv, clock, register, values, checkpoint } = setting
  const before = createSqlRegister(sql, kv, log)
  const policy = { head: blobNamed('a').hash, tokens: { bits: 0, shards: [null] } }
  await before.putBlobs(callAt(clock.nowMs), [blobNamed('a')])
  await before.putRoot(callAt(clock.nowMs), rootOf(clock.nowMs, [blobNamed('a')], 0, { policy }))
  await register.putBlobs(callAt(clock.nowMs), [blobNamed('a')])
  const put = async (root: Parameters<ServingRegister['putRoot']>[1]): Promise<string | undefined> =>
    (await register.putRoot(callAt(clock.nowMs), root)).refused?.code
  assert.equal(await put(rootOf(clock.nowMs - 1, [blobNamed('a')], 0, { policy })), 'ROOT_OLDER')
  assert.equal(await put(rootOf(clock.nowMs + 1, [blobNamed('a')])), 'ROOT_POLICY')
  assert.equal(await register.head('c', ''), null)
  const dropped = rootOf(clock.nowMs + 2, [blobNamed('a')], 0, { policyDropped: true })
  assert.equal(await put(dropped), undefined)
  // The next root need not say again that there is no policy, and the checkpoint has only this one.
  const next = rootOf(clock.nowMs + 3, [blobNamed('a')])
  assert.equal(await put(next), undefined)
  await checkpoint(register)
  assert.equal(values.get('c/root'), next.jws)
})

test('a checkpoint that failed is repeated', async () => {
  const setting = setUp()
  const { register, clock, kv, values, checkpoint } = setting
  const { put } = kv
  kv.put = () => Promise.reject(new Error('503'))
  const root = await publish(setting, register, ['a'])
  const dueMs = await checkpoint(register)
  assert.ok(dueMs !== undefined && dueMs > clock.nowMs)
  kv.put = put
  clock.nowMs = dueMs
  assert.equal(await checkpoint(setting.start()), undefined)
  assert.equal(values.get('c/root'), root.jws)
})
