import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClock } from './clock.ts'
import { createWakeUp } from './wake-up.ts'

const clock = createClock(() => 0)
const hourMs = 3_600_000

test('a wake-up that is requested several times is due once', () => {
  const wakeUp = createWakeUp()
  assert.equal(wakeUp.isDue(), false)
  wakeUp.wake()
  wakeUp.wake()
  assert.deepEqual([wakeUp.isDue(), wakeUp.isDue()], [true, false])
})

test('a wake-up ends a wait, and is due until it is consumed', async () => {
  const wakeUp = createWakeUp()
  const { signal } = new AbortController()
  const waiting = wakeUp.wait(hourMs, clock, signal)
  wakeUp.wake()
  await waiting
  await wakeUp.wait(hourMs, clock, signal)
  assert.equal(wakeUp.isDue(), true)
})

test('a wait ends when its signal aborts, without a wake-up', async () => {
  const wakeUp = createWakeUp()
  const stop = new AbortController()
  const waiting = wakeUp.wait(Number.POSITIVE_INFINITY, clock, stop.signal)
  stop.abort()
  await waiting
  assert.equal(wakeUp.isDue(), false)
})
