import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { closingAfterDrain } from './drain.ts'

const lines: string[] = []
const log = { info: (message: string) => void lines.push(message), warn: () => {} }

beforeEach(() => {
  lines.length = 0
  mock.timers.enable({ apis: ['setTimeout'] })
})
afterEach(() => mock.timers.reset())

test('after SIGTERM a serving process closes at the end of the drain time, with the reason of the signal', () => {
  const asked = new AbortController()
  const closing = closingAfterDrain(asked.signal, { drainMs: 5_000, isServing: () => true, log })
  const reason = new Error('SIGTERM')
  asked.abort(reason)
  mock.timers.tick(4_999)
  assert.equal(closing.aborted, false)
  assert.deepEqual(lines, ['shutting down: not ready from now on, still answering'])
  mock.timers.tick(1)
  assert.equal(closing.reason, reason)
})

test('it closes at once without a drain time, after SIGINT, and before it serves', () => {
  for (const [name, drainMs, isServing] of [
    ['SIGTERM', 0, true],
    ['SIGINT', 5_000, true],
    ['SIGTERM', 5_000, false],
  ] as const) {
    const asked = new AbortController()
    const closing = closingAfterDrain(asked.signal, { drainMs, isServing: () => isServing, log })
    assert.equal(closing.aborted, false)
    asked.abort(new Error(name))
    assert.ok(closing.aborted)
  }
  assert.deepEqual(lines, [])
})

test('a signal that has aborted before counts as well', () => {
  const signal = AbortSignal.abort(new Error('SIGINT'))
  assert.ok(closingAfterDrain(signal, { drainMs: 5_000, isServing: () => true, log }).aborted)
})
