import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../host/store/database.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { blobsOf, rereadRoot } from '../../snapshot/root.ts'
import { jwsOf } from '../../snapshot/root-value.ts'
import type { KvWriter, Sql } from '../../worker/ports.ts'
import { createFinishingRegister } from '../../worker/register/finishing-register.ts'
import { blobNamed, callAt, rootOf } from '../../worker/register/register.case.ts'
import type { IncomingRoot, Register } from '../../worker/register/register.ts'
import { createServingRegister } from '../../worker/register/serving-register.ts'

/*
 * A register that serves dies before any of its writes, in its database or in the key-value store, while a root is published and
 * copied to the store; then it is started again, serving or not.
 */

const log = { info: () => undefined, warn: () => undefined }
const limits = { writesPerDay: null, readsPerDay: null }
const startMs = 1_000_000_000_000
const minuteMs = 60_000
const states = { a: ['kept', 'old'], b: ['kept', 'new', 'newer'] }
const rootIn = (state: 'a' | 'b', nowMs: number): IncomingRoot => rootOf(nowMs, states[state].map(blobNamed))

/** A process that dies before its n-th write: nothing that it does afterwards takes effect. */
function mortal(sql: Sql, kv: KvWriter, fatal: number) {
  let writes = 0
  const write = (): void => {
    if (++writes >= fatal) throw new Error('the process has died')
  }
  const run: Sql['run'] = (statement, ...values) => {
    if (!statement.startsWith('SELECT')) write()
    return sql.run(statement, ...values)
  }
  return {
    writes: () => writes,
    sql: {
      run,
      transaction: <T>(action: () => T): T =>
        sql.transaction(() => {
          const result = action()
          // Between the last statement and the commit.
          write()
          return result
        }),
    },
    kv: {
      async put(key: string, value: string) {
        write()
        await kv.put(key, value)
      },
      async delete(key: string) {
        write()
        await kv.delete(key)
      },
    },
  }
}

/** A store that has state a, and the database of the register that wrote it. */
async function setUp() {
  const sql = openDatabase(':memory:')
  const values = new Map<string, string>()
  const kv: KvWriter = {
    async put(key, value) {
      if (key === rootKey('c'))
        for (const blob of blobsOf(rereadRoot(jwsOf(value))))
          assert.ok(values.has(blobKey('c', blob)), `the root was written before its blob ${blob}`)
      values.set(key, value)
    },
    delete: async (key) => void values.delete(key),
  }
  const register = createServingRegister(sql, kv, log, limits, () => startMs)
  await publish(register, 'a', startMs)
  await copy(register, startMs)
  return { sql, values, kv }
}

/** Resolves to whether the root was accepted. */
async function publish(register: Register, state: 'a' | 'b', nowMs: number): Promise<boolean> {
  const blobs = states[state].map(blobNamed)
  const sent = await register.putBlobs(callAt(nowMs), blobs)
  if (sent.refused) return false
  return (await register.putRoot(callAt(nowMs), rootIn(state, nowMs))).refused === null
}

/** All steps of the checkpoint that are due. */
async function copy(
  register: Pick<ReturnType<typeof createServingRegister>, 'checkpoint' | 'clusters'>,
  nowMs: number,
): Promise<void> {
  for (let step = 0; register.clusters().length > 0; step++) {
    assert.ok(step < 50, 'a checkpoint without end')
    await register.checkpoint('c', nowMs + step * minuteMs)
  }
}

async function dieAt(fatal: number) {
  const world = await setUp()
  const process = mortal(world.sql, world.kv, fatal)
  const nowMs = startMs + 2 * minuteMs
  let isAccepted = false
  try {
    const register = createServingRegister(process.sql, process.kv, log, limits, () => nowMs)
    isAccepted = await publish(register, 'b', nowMs)
    for (let step = 0; isAccepted && step < 5; step++) await register.checkpoint('c', nowMs)
  } catch {
    // It died.
  }
  return { ...world, isAccepted, writes: process.writes(), nowMs, root: rootIn('b', nowMs).jws }
}

const { writes: total } = await dieAt(Number.POSITIVE_INFINITY)

test('dies before any write, and serves again: whole roots only, and the accepted one reaches the store', async (t) => {
  const seen = { a: 0, b: 0 }
  for (let fatal = 1; fatal <= total; fatal++) {
    const { sql, kv, values, isAccepted, nowMs, root } = await dieAt(fatal)
    const later = nowMs + minuteMs
    const register = createServingRegister(sql, kv, log, limits, () => later)
    const served = (await register.head('c', ''))?.root?.value
    const state = served === root ? 'b' : 'a'
    seen[state]++
    if (isAccepted) assert.equal(state, 'b', `write ${fatal}: the accepted root is served`)
    const named = states[state].map((name) => blobNamed(name).hash)
    assert.ok((await register.blobs('c', named)).every((text) => text !== null))
    // The alarm of the object copies it, or the next publish does.
    await copy(register, later)
    assert.equal(values.get(rootKey('c')), served, `write ${fatal}: the served root is in the store`)
    assert.ok(await publish(register, 'b', later + minuteMs), `write ${fatal}: the next root is accepted`)
    await copy(register, later + 2 * minuteMs)
    assert.equal(values.get(rootKey('c')), rootIn('b', later + minuteMs).jws)
  }
  t.diagnostic(
    `${total} writes: the former root was served after ${seen.a} deaths, the new one after ${seen.b}`,
  )
  assert.ok(seen.a > 5 && seen.b > 5)
})

test('dies before any write, and does not serve any more: the last root reaches the store, or a newer one does', async () => {
  for (let fatal = 1; fatal <= total; fatal++) {
    const { sql, kv, values, isAccepted, nowMs, root } = await dieAt(fatal)
    const register = createFinishingRegister(sql, kv, log)
    await copy(register, nowMs + minuteMs)
    if (isAccepted)
      assert.equal(values.get(rootKey('c')), root, `write ${fatal}: the accepted root is stored`)
    assert.ok(await publish(register, 'b', nowMs + 2 * minuteMs), `write ${fatal}: the next root is accepted`)
    assert.equal(values.get(rootKey('c')), rootIn('b', nowMs + 2 * minuteMs).jws)
    // Serving again, it does not go back to what it served before.
    const again = createServingRegister(sql, kv, log, limits, () => nowMs + 3 * minuteMs)
    assert.equal(await again.head('c', ''), null)
  }
})
