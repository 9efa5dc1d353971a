import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../edge.case.ts'
import { createRefusalLog } from './refusal-log.ts'

test('each code is logged at most every ten seconds, with the number of requests', () => {
  const lines: unknown[] = []
  const clock = createTestClock()
  const refused = createRefusalLog({ info: () => {}, warn: (_, fields) => void lines.push(fields) }, clock)
  for (let sent = 0; sent < 100; sent++) refused('PROOF_UNVERIFIED')
  refused('PROOF_MISSING')
  assert.deepEqual(lines, [
    { code: 'PROOF_UNVERIFIED', requests: 1 },
    { code: 'PROOF_MISSING', requests: 1 },
  ])
  clock.advance(10_000)
  refused('PROOF_UNVERIFIED')
  assert.deepEqual(lines[2], { code: 'PROOF_UNVERIFIED', requests: 100 })
})
