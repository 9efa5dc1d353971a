import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeteredLimiter } from './metered-limiter.ts'

test('requests above a limit are reported with its kind, whether the limiter answers at once or later', async () => {
  const reported: string[] = []
  const meter = { limited: (kind: string) => void reported.push(kind) }
  const waits = [0, 5, Promise.resolve(0), Promise.resolve(7)]
  const limiter = createMeteredLimiter({ take: () => waits.shift() ?? 0 }, meter)
  assert.equal(limiter.take('token', 'a'), 0)
  assert.equal(limiter.take('failure', 'a'), 5)
  assert.equal(await limiter.take('token', 'a'), 0)
  assert.equal(await limiter.take('ingest', 'a'), 7)
  assert.deepEqual(reported, ['failure', 'ingest'])
})
