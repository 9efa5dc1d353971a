import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../host/database.ts'
import type { KvWriter } from '../../worker/ports.ts'
import { createSqlRegister } from '../../worker/sql-register.ts'

/* A register whose store fails at the worst moment. */

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

function setUp() {
  const entries = new Map<string, string>()
  const faults = { deletions: 0 }
  const kv: KvWriter = {
    put: async (key, value) => void entries.set(key, value),
    async delete(key) {
      if (faults.deletions-- > 0) throw new Error('503')
      entries.delete(key)
    },
  }
  const silent = { info: () => undefined, warn: () => undefined }
  const register = createSqlRegister(openDatabase(':memory:'), kv, silent)
  let count = 0
  const call = (nowMs: number) => ({ cluster: 'c', nonce: `${count++}`, nowMs, trustedKeyIds: ['k'] })
  const root = (generation: number, ...blobs: string[]) => ({
    generation,
    term: 0,
    kid: 'k',
    jws: `root ${generation}`,
    blobs,
  })
  return { entries, faults, register, call, root }
}

test('a blob whose deletion failed can be published again', async () => {
  const { entries, faults, register, call, root } = setUp()
  const a = { hash: 'a', text: 'A' }
  const b = { hash: 'b', text: 'B' }
  await register.putBlobs(call(0), [a])
  await register.putRoot(call(0), root(1, 'a'))
  await register.putBlobs(call(1), [b])
  await register.putRoot(call(1), root(2, 'b'))
  faults.deletions = 1
  await register.putRoot(call(dayMs + 2), root(3, 'b'))
  const busy = await register.putBlobs(call(dayMs + 3), [a])
  assert.equal(busy.refused?.code, 'BLOB_BUSY')
  const later = await register.putBlobs(call(dayMs + 2 * minuteMs), [a])
  assert.equal(later.refused, null)
  const published = await register.putRoot(call(dayMs + 2 * minuteMs), root(4, 'a'))
  assert.equal(published.refused, null)
  assert.equal(entries.get('c/blob/a'), 'A')
})

test('deletions that keep failing hold up nothing else', async () => {
  const { entries, faults, register, call, root } = setUp()
  const old = Array.from({ length: 60 }, (_, index) => ({ hash: `old${index}`, text: 'x' }))
  await register.putBlobs(call(0), old)
  await register.putRoot(call(0), root(1, ...old.map(({ hash }) => hash)))
  await register.putBlobs(call(1), [{ hash: 'new', text: 'y' }])
  await register.putRoot(call(1), root(2, 'new'))
  faults.deletions = 30
  for (let round = 0; round < 8; round++) {
    const answer = await register.putRoot(call(dayMs + round * 2 * minuteMs + 2), root(3 + round, 'new'))
    assert.equal(answer.refused, null)
  }
  assert.deepEqual([...entries.keys()].toSorted(), ['c/blob/new', 'c/root'])
})
