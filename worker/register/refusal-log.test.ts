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

test('refused requests with a valid proof are logged for each cluster, the first of ten seconds with its reason', () => {
  const lines: unknown[] = []
  const clock = createTestClock()
  const refused = createRefusalLog({ info: () => {}, warn: (_, fields) => void lines.push(fields) }, clock)
  for (let sent = 0; sent < 100; sent++) {
    refused('SCHEMA', { cluster: 'a', reason: `field ${sent}` })
    refused('SCHEMA', { cluster: 'b', reason: `field ${sent}` })
  }
  refused('SCHEMA')
  assert.deepEqual(lines, [
    { cluster: 'a', reason: 'field 0', code: 'SCHEMA', requests: 1 },
    { cluster: 'b', reason: 'field 0', code: 'SCHEMA', requests: 1 },
    { code: 'SCHEMA', requests: 1 },
  ])
})
