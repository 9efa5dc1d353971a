import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs } from './backoff.ts'
import { type KubeCode, KubeError } from './http/errors.ts'

function waits(code: KubeCode, random: number, retryAfterMs = 0): number[] {
  const error = new KubeError(code, 'failed', { retryAfterMs })
  return [1, 2, 3, 4, 5, 6, 7, 1_000_000].map((failures) => backoffMs(failures, error, random))
}

test('a wait is a random part of an interval that doubles up to half a minute', () => {
  assert.deepEqual(waits('KUBE_ANSWER', 1), [800, 1600, 3200, 6400, 12800, 25600, 30000, 30000])
  assert.deepEqual(waits('KUBE_ANSWER', 0.5), [500, 900, 1700, 3300, 6500, 12900, 15100, 15100])
  assert.deepEqual(waits('KUBE_ANSWER', 0), [200, 200, 200, 200, 200, 200, 200, 200])
})

test('an unreachable API is retried more often', () => {
  assert.deepEqual(waits('KUBE_UNREACHABLE', 1), [800, 1600, 3200, 6400, 8000, 8000, 8000, 8000])
})

test('after a second refusal the wait is at least five seconds', () => {
  for (const code of ['KUBE_UNAUTHORIZED', 'KUBE_FORBIDDEN'] as const) {
    assert.deepEqual(waits(code, 1), [800, 10000, 10000, 10000, 12800, 25600, 30000, 30000])
    assert.deepEqual(waits(code, 0), [200, 5000, 5000, 5000, 5000, 5000, 5000, 5000])
  }
})

test('a wait is never shorter than the Retry-After of the API', () => {
  assert.deepEqual(
    waits('KUBE_THROTTLED', 1, 10_000),
    [10000, 10000, 10000, 10000, 12800, 25600, 30000, 30000],
  )
  assert.equal(waits('KUBE_THROTTLED', 0, 45_000)[7], 45_000)
  assert.equal(waits('KUBE_THROTTLED', 0, 1e12)[7], 3_600_000)
})
