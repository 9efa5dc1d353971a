import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createRunningRequests, type RunningRequests } from './deadlines.ts'

const nothing = (): void => {}

/** Requests on a clock of 10 ms that the test moves. */
function started(t: TestContext): { requests: RunningRequests; told: string[] } {
  t.mock.timers.enable({ apis: ['setInterval'] })
  return { requests: createRunningRequests(10), told: [] }
}

test('a deadline passes once, not before its time and within two sweeps', (t) => {
  const { requests, told } = started(t)
  requests.begin(25, () => told.push('25'))
  requests.begin(5, () => told.push('5'))
  requests.end(requests.begin(5, () => told.push('ended')))
  t.mock.timers.tick(9)
  assert.equal(told.length, 0)
  t.mock.timers.tick(16)
  assert.deepEqual(told, ['5'])
  t.mock.timers.tick(100)
  assert.deepEqual(told, ['5', '25'])
})

test('a wait ends once, at its deadline', (t) => {
  const { requests, told } = started(t)
  const running = requests.begin(1_000, nothing)
  requests.await(running, 5, { onLate: () => told.push('late'), onGone: () => told.push('gone') })
  t.mock.timers.tick(100)
  requests.end(running)
  assert.deepEqual(told, ['late'])
})

test('a wait that has ended is not called', (t) => {
  const { requests, told } = started(t)
  const running = requests.begin(1_000, nothing)
  requests.await(running, 5, { onLate: () => told.push('late'), onGone: () => told.push('gone') })
  running.wait = undefined
  t.mock.timers.tick(100)
  requests.end(running)
  assert.equal(told.length, 0)
})

test('a wait is called once when its client leaves', (t) => {
  const { requests, told } = started(t)
  const running = requests.begin(1_000, nothing)
  requests.await(running, 5, { onLate: () => told.push('late'), onGone: () => told.push('gone') })
  requests.end(running)
  requests.end(running)
  t.mock.timers.tick(100)
  assert.deepEqual(told, ['gone'])
})

test('nothing passes after stop', (t) => {
  const { requests, told } = started(t)
  requests.begin(5, () => told.push('late'))
  requests.stop()
  t.mock.timers.tick(100)
  assert.equal(told.length, 0)
})
