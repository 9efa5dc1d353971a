import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../host/store/database.ts'
import type { KvWriter } from '../../worker/ports.ts'
import { blobNamed, callAt, rootOf } from '../../worker/register/register.case.ts'
import { createSqlRegister } from '../../worker/register/sql-register.ts'

/* A register whose store fails in critical moments. */

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

function setUp() {
  const entries = new Map<string, string>()
  const faults = { deletions: 0, roots: 0 }
  const kv: KvWriter = {
    async put(key, value) {
      if (key.endsWith('/root') && faults.roots-- > 0) throw new Error('503')
      entries.set(key, value)
    },
    async delete(key) {
      if (faults.deletions-- > 0) throw new Error('503')
      entries.delete(key)
    },
  }
  const silent = { info: () => undefined, warn: () => undefined }
  const sql = openDatabase(':memory:')
  const start = () => createSqlRegister(sql, kv, silent)
  const blobs = (): string[] => [...entries.keys()].filter((key) => !key.endsWith('/root')).toSorted()
  return { entries, faults, start, register: start(), blobs }
}

const keyOf = (name: string): string => `c/blob/${blobNamed(name).hash}`
const [a, b] = [blobNamed('a'), blobNamed('b')]

test('a blob whose deletion failed can be published again', async () => {
  const { entries, faults, register } = setUp()
  await register.putBlobs(callAt(0), [a])
  await register.putRoot(callAt(0), rootOf(1, [a]))
  await register.putBlobs(callAt(1), [b])
  await register.putRoot(callAt(1), rootOf(2, [b]))
  faults.deletions = 1
  await register.putRoot(callAt(dayMs + 2), rootOf(3, [b]))
  const busy = await register.putBlobs(callAt(dayMs + 3), [a])
  assert.equal(busy.refused?.code, 'BLOB_BUSY')
  const later = await register.putBlobs(callAt(dayMs + 2 * minuteMs), [a])
  assert.equal(later.refused, null)
  const published = await register.putRoot(callAt(dayMs + 2 * minuteMs), rootOf(4, [a]))
  assert.equal(published.refused, null)
  assert.equal(entries.get(keyOf('a')), a.text)
})

test('deletions that keep failing do not block other calls', async () => {
  const { faults, register, blobs } = setUp()
  const old = Array.from({ length: 60 }, (_, index) => blobNamed(`old${index}`))
  await register.putBlobs(callAt(0), old)
  await register.putRoot(callAt(0), rootOf(1, old))
  await register.putBlobs(callAt(1), [b])
  await register.putRoot(callAt(1), rootOf(2, [b]))
  faults.deletions = 30
  for (let round = 0; round < 8; round++) {
    const answer = await register.putRoot(callAt(dayMs + round * 2 * minuteMs + 2), rootOf(3 + round, [b]))
    assert.equal(answer.refused, null)
  }
  assert.deepEqual(blobs(), [keyOf('b')])
})

test('blobs of the root in the store are kept for as long as the root in force cannot be stored', async () => {
  const { faults, register, blobs, entries } = setUp()
  await register.putBlobs(callAt(0), [a])
  await register.putRoot(callAt(0), rootOf(1, [a]))
  await register.putBlobs(callAt(1), [b])
  faults.roots = 3
  for (const [at, generation] of [
    [1, 2],
    [dayMs, 3],
    [2 * dayMs, 4],
  ] as const)
    assert.equal((await register.putRoot(callAt(at), rootOf(generation, [b]))).refused?.code, 'STORE_FAILED')
  assert.deepEqual(blobs(), [keyOf('a'), keyOf('b')])
  // The day begins when any call stores the next root.
  await register.state(callAt(3 * dayMs))
  assert.equal(entries.get('c/root'), rootOf(4, [b]).jws)
  await register.putRoot(callAt(4 * dayMs), rootOf(5, [b]))
  assert.deepEqual(blobs(), [keyOf('a'), keyOf('b')])
  await register.putRoot(callAt(4 * dayMs + 1), rootOf(6, [b]))
  assert.deepEqual(blobs(), [keyOf('b')])
})

test('a clock that was slow for a while does not age any blob', async () => {
  const { register, blobs } = setUp()
  await register.putBlobs(callAt(10 * dayMs), [a, b])
  await register.putRoot(callAt(10 * dayMs), rootOf(1, [b]))
  await register.putRoot(callAt(8 * dayMs), rootOf(2, [b]))
  await register.putRoot(callAt(10 * dayMs + minuteMs), rootOf(3, [b]))
  assert.deepEqual(blobs(), [keyOf('a'), keyOf('b')])
})

test('with continuous publishes of any size, the garbage is limited to the writes of a day', async () => {
  const { register, blobs } = setUp()
  const perPublish = 120
  const hourMs = 60 * minuteMs
  for (let hour = 0; hour < 72; hour++) {
    const fresh = Array.from({ length: perPublish }, (_, index) => blobNamed(`${hour}-${index}`))
    for (let at = 0; at < perPublish; at += 24)
      await register.putBlobs(callAt(hour * hourMs), fresh.slice(at, at + 24))
    await register.putRoot(callAt(hour * hourMs), rootOf(hour, fresh))
    assert.ok(blobs().length <= 26 * perPublish, `hour ${hour}: ${blobs().length} blobs`)
  }
})
