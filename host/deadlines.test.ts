import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeadlines } from './deadlines.ts'

test('a deadline passes once, not before its time and within two sweeps, unless cancelled', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const deadlines = createDeadlines(10)
  const late: string[] = []
  deadlines.watch(25, () => late.push('25'))
  deadlines.watch(5, () => late.push('5'))
  deadlines.watch(25, () => late.push('cancelled')).cancel()
  t.mock.timers.tick(9)
  assert.equal(late.length, 0)
  t.mock.timers.tick(16)
  assert.deepEqual(late, ['5'])
  t.mock.timers.tick(20)
  assert.deepEqual(late, ['5', '25'])
  deadlines.watch(5, () => late.push('stopped'))
  deadlines.stop()
  t.mock.timers.tick(100)
  assert.deepEqual(late, ['5', '25'])
})
