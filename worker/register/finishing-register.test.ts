import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../host/store/database.ts'
import { createFinishingRegister } from './finishing-register.ts'
import { blobNamed, callAt, rootOf } from './register.case.ts'
import type { Register } from './register.ts'
import { createServingRegister } from './serving-register.ts'

const log = { info: () => undefined, warn: () => undefined }
const policy = { head: blobNamed('a').hash, tokens: { bits: 0, shards: [null] } }

/** One database and one store, over which registers that serve or do not serve are started one after the other. */
function setUp() {
  const sql = openDatabase(':memory:')
  const values = new Map<string, string>()
  const kv = {
    put: async (key: string, value: string) => void values.set(key, value),
    delete: async (key: string) => void values.delete(key),
  }
  const clock = { nowMs: 1_000_000_000_000 }
  const serving = () =>
    createServingRegister(sql, kv, log, { writesPerDay: null, readsPerDay: null }, () => clock.nowMs)
  const finishing = () => createFinishingRegister(sql, kv, log)
  /** Publishes a root with these blobs. Resolves to it, or to the code of its refusal. */
  async function publish(register: Register, names: readonly string[], access = {}) {
    clock.nowMs += 2_000
    const blobs = names.map(blobNamed)
    await register.putBlobs(callAt(clock.nowMs), blobs)
    const root = rootOf(clock.nowMs, blobs, 0, access)
    const { refused } = await register.putRoot(callAt(clock.nowMs), root)
    return refused?.code ?? root.jws
  }
  /** All steps of the checkpoints that are due. */
  async function finish(register: ReturnType<typeof finishing>): Promise<void> {
    for (const cluster of register.clusters())
      while ((await register.checkpoint(cluster, clock.nowMs)) !== undefined) clock.nowMs += 1_000
  }
  return { values, serving, finishing, publish, finish, clock }
}

test('the root that was served last is stored without delay, with its blobs', async () => {
  const { serving, finishing, publish, finish, values } = setUp()
  const before = serving()
  await publish(before, ['a', 'b'])
  await finish(before)
  // The next checkpoint would be due in a minute.
  const last = await publish(before, ['b', 'c'])
  const after = finishing()
  assert.deepEqual(after.clusters(), ['c'])
  await finish(after)
  assert.equal(values.get('c/root'), last)
  assert.equal(values.get(`c/blob/${blobNamed('c').hash}`), 'text of c')
  assert.deepEqual(after.clusters(), [])
  assert.deepEqual(finishing().clusters(), [])
  assert.equal(await publish(after, ['d']), values.get('c/root'))
})

test('a root that was published since then is not replaced, and an older one is refused', async () => {
  const { serving, finishing, publish, finish, values, clock } = setUp()
  const before = serving()
  await publish(before, ['a'])
  await finish(before)
  await publish(before, ['b'])
  const after = finishing()
  clock.nowMs -= 3_000
  assert.equal(await publish(after, ['a']), 'ROOT_OLDER')
  clock.nowMs += 3_000
  const newer = await publish(after, ['c'])
  await finish(after)
  assert.equal(values.get('c/root'), newer)
})

test('the policy of the root that was served last is kept', async () => {
  const { serving, finishing, publish, finish } = setUp()
  const before = serving()
  await publish(before, ['a'])
  await finish(before)
  await publish(before, ['a'], { policy })
  assert.equal(await publish(finishing(), ['b']), 'ROOT_POLICY')
})

test('a register that serves again has no head until a root is published that continues that of the store', async () => {
  const { serving, finishing, publish, finish, values, clock } = setUp()
  const first = serving()
  await publish(first, ['a'])
  await finish(first)
  const between = finishing()
  const stored = await publish(between, ['b'], { policy })
  const again = serving()
  assert.equal(await again.head('c', ''), null)
  assert.deepEqual(again.clusters(), [])
  assert.equal(await publish(again, ['c']), 'ROOT_POLICY')
  clock.nowMs -= 5_000
  assert.equal(await publish(again, ['c'], { policy }), 'ROOT_OLDER')
  clock.nowMs += 5_000
  assert.equal(await again.head('c', ''), null)
  assert.equal(values.get('c/root'), stored)
  const next = await publish(again, ['a', 'c'], { policy })
  assert.equal((await again.head('c', ''))?.root?.value, next)
  clock.nowMs += 60_000
  await finish(again)
  assert.equal(values.get('c/root'), next)
})

test('a database in which no register served needs no checkpoint', async () => {
  const { finishing, publish, values } = setUp()
  const register = finishing()
  assert.deepEqual(register.clusters(), [])
  assert.equal(await register.checkpoint('c', 0), undefined)
  assert.equal(await publish(register, ['a']), values.get('c/root'))
})
