import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../host/store/database.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import type { Sql } from '../ports.ts'
import { maxBlobsPerRead, maxTextLength } from './reads.ts'
import { blobNamed, callAt, packedOf, rootOf } from './register.case.ts'
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
    const read = { value: root.jws, young: [...root.blobs], texts: {} }
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
  const young = async (): Promise<number | undefined> => (await readRoot(register))?.young.length
  await publish(setting, register, ['a', 'b'])
  await checkpoint(register)
  clock.nowMs += 2 * minuteMs - 1
  assert.equal(await young(), 2)
  clock.nowMs += 1
  assert.equal(await young(), 0)
  await publish(setting, register, ['a', 'c'])
  await checkpoint(register)
  assert.equal(await young(), 1)
  clock.nowMs += 2 * minuteMs
  assert.equal(await young(), 0)
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

test('a root value of more than 2 MB is served, and no row or value in a statement is that large', async () => {
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
  const value = (await readRoot(register))?.value ?? ''
  assert.ok(value.length > 2_000_000)
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
