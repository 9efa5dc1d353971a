import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../edge.case.ts'
import { createBindingLimiter } from './binding-limiter.ts'

const limits = { anonymous: 1, token: 1, failure: 1, ingest: 1, ingestBytes: 1 }

test('a kind with a binding is counted there, by its key', async () => {
  const keys: string[] = []
  const anonymous = {
    limit: async ({ key }: { key: string }) => ({ success: keys.push(key) <= 2 }),
  }
  const limiter = createBindingLimiter(limits, { anonymous }, createTestClock())
  assert.equal(await limiter.take('anonymous', '192.0.2.1'), 0)
  assert.equal(await limiter.take('anonymous', '192.0.2.2'), 0)
  assert.equal(await limiter.take('anonymous', '192.0.2.1'), 10_000)
  assert.equal(await limiter.take('anonymous', undefined), 0)
  assert.deepEqual(keys, ['192.0.2.1', '192.0.2.2', '192.0.2.1'])
})

test('without a binding, and when it fails, the isolate counts', async () => {
  const broken = { limit: () => Promise.reject(new Error('unavailable')) }
  const limiter = createBindingLimiter(limits, { failure: broken }, createTestClock())
  for (const kind of ['token', 'failure'] as const) {
    for (let sent = 0; sent < 10; sent++) assert.equal(await limiter.take(kind, 'a'), 0, kind)
    assert.notEqual(await limiter.take(kind, 'a'), 0, kind)
  }
})

test('a limit of 0 in the configuration switches the binding off', async () => {
  const anonymous = { limit: async () => ({ success: false }) }
  const limiter = createBindingLimiter({ ...limits, anonymous: 0 }, { anonymous }, createTestClock())
  assert.equal(await limiter.take('anonymous', '192.0.2.1'), 0)
})
