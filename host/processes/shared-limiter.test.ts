import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../../worker/edge.case.ts'
import { type Admitted, createSharedLimiter } from './shared-limiter.ts'

const limits = { anonymous: 1, token: 0, failure: 1, ingest: 1, ingestBytes: 1 }

test('the requests that one worker admitted count for the others after the next report', async () => {
  const clock = createTestClock()
  const reports: Admitted[] = []
  const first = createSharedLimiter(limits, clock, (admitted) => reports.push(admitted))
  const second = createSharedLimiter(limits, clock, () => assert.fail('the second worker admitted nothing'))
  for (let sent = 0; sent < 10; sent++) assert.equal(first.take('anonymous', '192.0.2.1'), 0)
  assert.ok(first.take('anonymous', '192.0.2.1') > 0)
  first.take('failure', '192.0.2.1')
  assert.equal(reports.length, 0)
  clock.advance(100)
  await Promise.resolve()
  assert.deepEqual(reports, [
    [
      ['anonymous', '192.0.2.1', 10],
      ['failure', '192.0.2.1', 1],
    ],
  ])
  second.hear(reports[0] ?? [])
  assert.ok(second.take('anonymous', '192.0.2.1') > 0)
})

test('requests that are refused, not limited or without a key are not reported', async () => {
  const clock = createTestClock()
  const limiter = createSharedLimiter(limits, clock, () => assert.fail('nothing to report'))
  limiter.take('token', 'a')
  limiter.take('anonymous', undefined)
  limiter.hear([['failure', 'a', 10]])
  assert.ok(limiter.take('failure', 'a') > 0)
  clock.advance(1_000)
  await Promise.resolve()
})
