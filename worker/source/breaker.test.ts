import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../edge.case.ts'
import { breakerLimits, createBreaker } from './breaker.ts'

function setUp() {
  const clock = createTestClock()
  const reasons: string[] = []
  const background: Promise<unknown>[] = []
  const tasks = { waitUntil: (promise: Promise<unknown>) => void background.push(promise) }
  const breaker = createBreaker(clock, (reason) => void reasons.push(reason))
  /** Asks for an outcome each: 'fails' rejects. */
  const ask = (...outcomes: string[]) =>
    breaker.ask(async () => {
      const outcome = outcomes.shift()
      if (outcome === 'fails') throw new Error('moved')
      return outcome
    }, tasks)
  return { clock, reasons, breaker, tasks, ask, settle: () => Promise.all(background) }
}

test('an action that fails once is tried again at once', async () => {
  const { ask, reasons } = setUp()
  assert.equal(await ask('fails', 'value'), 'value')
  assert.deepEqual(reasons, [])
})

test('after a second failure nothing is asked for a time that grows, and a success ends that', async () => {
  const { clock, ask, reasons, breaker } = setUp()
  for (const restMs of [500, 2_000, 8_000, 30_000, 30_000]) {
    assert.equal(await ask('fails', 'fails', 'value'), 'away')
    clock.advance(restMs - 1)
    assert.ok(breaker.isOpen(clock.now()))
    assert.equal(await ask('value'), 'away')
    clock.advance(1)
    assert.ok(!breaker.isOpen(clock.now()))
  }
  assert.deepEqual(new Set(reasons), new Set(['Error: moved']))
  assert.equal(reasons.length, 5)
  assert.equal(await ask('value'), 'value')
  await ask('fails', 'fails')
  clock.advance(breakerLimits.firstRestMs)
  assert.equal(await ask('value'), 'value')
})

test('a late answer is not waited for, and ends the rest when it comes', async () => {
  const { clock, breaker, tasks, settle, ask, reasons } = setUp()
  const { promise, resolve } = Promise.withResolvers<string>()
  const asked = [breaker.ask(() => promise, tasks), breaker.ask(() => promise, tasks)]
  clock.advance(breakerLimits.waitMs)
  assert.deepEqual(await Promise.all(asked), ['away', 'away'])
  assert.equal(reasons.length, 1)
  assert.equal(await ask('value'), 'away')
  resolve('late')
  await settle()
  assert.equal(await ask('value'), 'value')
})
