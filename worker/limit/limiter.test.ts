import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../edge.case.ts'
import { createLocalLimiter, limitKinds } from './limiter.ts'

const limits = { anonymous: 2, token: 3, failure: 1, ingest: 4, ingestBytes: 5 }

test('each kind has its own rate, with ten seconds of it at once', () => {
  for (const kind of limitKinds) {
    const limiter = createLocalLimiter(limits, createTestClock())
    let admitted = 0
    while (limiter.take(kind, 'a') === 0) admitted++
    assert.equal(admitted, limits[kind] * 10, kind)
  }
})

test('failures of a network leave its other counters alone', () => {
  const limiter = createLocalLimiter(limits, createTestClock())
  while (limiter.take('failure', '192.0.2.1') === 0);
  for (const kind of ['anonymous', 'token', 'ingest'] as const)
    assert.equal(limiter.take(kind, '192.0.2.1'), 0, kind)
})

test('0 is no limit, and a request without a key is not counted', () => {
  const off = createLocalLimiter({ ...limits, token: 0 }, createTestClock())
  const limiter = createLocalLimiter(limits, createTestClock())
  for (let sent = 0; sent < 1_000; sent++) {
    assert.equal(off.take('token', 'a'), 0)
    assert.equal(limiter.take('anonymous', undefined), 0)
  }
})

test('the rate is available again as time passes', () => {
  const clock = createTestClock()
  const limiter = createLocalLimiter(limits, clock)
  while (limiter.take('failure', 'a') === 0);
  clock.advance(1_000)
  assert.equal(limiter.take('failure', 'a'), 0)
  assert.ok(limiter.take('failure', 'a') > 0)
})
