import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../clock.ts'
import { boundedWriter } from './write-timeout.ts'

/** A clock whose timers fire at once. */
const immediate: Clock = { now: () => 0, after: () => ({ done: Promise.resolve(), cancel: () => undefined }) }
/** A clock whose timers never fire. */
const endless: Clock = {
  now: () => 0,
  after: () => ({ done: new Promise(() => undefined), cancel: () => undefined }),
}

test('a hanging write fails at its deadline', async () => {
  const hanging = {
    put: () => new Promise<void>(() => undefined),
    delete: () => new Promise<void>(() => undefined),
  }
  const kv = boundedWriter(hanging, immediate)
  await assert.rejects(kv.put('a', 'b'), /a write to the store did not finish/)
  await assert.rejects(kv.delete('a'), /a write to the store did not finish/)
})

test('a write that ends in time has the same result as without a deadline', async () => {
  const written: string[] = []
  const kv = boundedWriter(
    {
      put: (key, value) => Promise.resolve(void written.push(`${key}=${value}`)),
      delete: () => Promise.reject(new Error('429')),
    },
    endless,
  )
  await kv.put('a', 'b')
  assert.deepEqual(written, ['a=b'])
  await assert.rejects(kv.delete('a'), /429/)
})
