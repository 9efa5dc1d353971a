import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAvailability } from './availability.ts'

test('a store that goes away and comes back is logged once each, and another server is asked after a while', () => {
  const told: string[] = []
  let nowMs = 0
  const availability = createAvailability({
    log: {
      info: (message, fields) => told.push([message, ...Object.values(fields ?? {})].join(' ')),
      warn: (message, fields) => told.push([message, ...Object.values(fields ?? {})].join(' ')),
    },
    serverName: () => 'n1',
    change: () => told.push('change'),
    nowMs: () => nowMs,
  })
  availability.stored()
  assert.deepEqual([told, availability.isAway()], [[], false])
  availability.failed('late')
  for (nowMs = 1_000; nowMs < 3_000; nowMs += 1_000) availability.failed('later')
  assert.deepEqual([told, availability.isAway()], [['store away n1 late'], true])
  for (nowMs = 3_000; nowMs <= 6_000; nowMs += 1_000) availability.failed('later')
  assert.deepEqual(told.slice(1), ['change', 'change'])
  availability.stored()
  assert.deepEqual([told.at(-1), availability.isAway()], ['store back n1', false])
})
