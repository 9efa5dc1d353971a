import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../edge.case.ts'
import { createFlights } from './singleflight.ts'

const deadlineMs = 100

/** A read that ends when it is told to, and counts how often it was begun. */
function createReads() {
  const begun: PromiseWithResolvers<string>[] = []
  const start = (): Promise<string> => {
    const read = Promise.withResolvers<string>()
    begun.push(read)
    return read.promise
  }
  return { begun, start }
}

function setUp() {
  const clock = createTestClock()
  const background: Promise<unknown>[] = []
  const tasks = { waitUntil: (promise: Promise<unknown>) => void background.push(promise) }
  return { clock, background, tasks, flights: createFlights<string>(deadlineMs, clock), ...createReads() }
}

/** Lets everything run that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

test('requests that come while a read is on its way share it', async () => {
  const { flights, start, begun, tasks } = setUp()
  const joined = [flights.join('k', start, tasks), flights.join('k', start, tasks)]
  assert.equal(begun.length, 1)
  begun[0]?.resolve('value')
  assert.deepEqual(await Promise.all(joined), ['value', 'value'])
})

test('other keys are other reads', async () => {
  const { flights, start, begun, tasks } = setUp()
  const joined = [flights.join('a', start, tasks), flights.join('b', start, tasks)]
  assert.equal(begun.length, 2)
  begun[1]?.resolve('b')
  begun[0]?.resolve('a')
  assert.deepEqual(await Promise.all(joined), ['a', 'b'])
})

test('what has landed is not kept: the next request reads anew', async () => {
  const { flights, start, begun, tasks } = setUp()
  const first = flights.join('k', start, tasks)
  begun[0]?.resolve('old')
  assert.equal(await first, 'old')
  await settle()
  const second = flights.join('k', start, tasks)
  assert.equal(begun.length, 2)
  begun[1]?.resolve('new')
  assert.equal(await second, 'new')
})

test('every read is given to its starter, and to nobody else', async () => {
  const { flights, start, begun, tasks, background } = setUp()
  const other: Promise<unknown>[] = []
  const first = flights.join('k', start, tasks)
  const second = flights.join('k', start, { waitUntil: (promise) => void other.push(promise) })
  assert.deepEqual([background.length, other.length], [1, 0])
  begun[0]?.resolve('value')
  await Promise.all([first, second, ...background])
})

test('a read that fails fails for all who wait, and leaves nothing behind', async () => {
  const { flights, start, begun, tasks, background } = setUp()
  const joined = [flights.join('k', start, tasks), flights.join('k', start, tasks)]
  begun[0]?.reject(new Error('gone'))
  for (const each of joined) await assert.rejects(each, /gone/)
  // What waitUntil got settles all the same.
  await Promise.all(background)
  const next = flights.join('k', start, tasks)
  begun[1]?.resolve('value')
  assert.equal(await next, 'value')
})

test('a starter whose read does not end in time is late', async () => {
  const { flights, start, clock, tasks } = setUp()
  const joined = flights.join('k', start, tasks)
  clock.advance(deadlineMs)
  assert.equal(await joined, 'late')
})

test('a read past its deadline is joined by nobody', async () => {
  const { flights, start, begun, clock, tasks } = setUp()
  const first = flights.join('k', start, tasks)
  clock.advance(deadlineMs)
  const second = flights.join('k', start, tasks)
  assert.equal(begun.length, 2)
  begun[1]?.resolve('value')
  assert.deepEqual(await Promise.all([first, second]), ['late', 'value'])
})

test('who joined a read that never ends reads once for himself', async () => {
  const { flights, start, begun, clock, tasks, background } = setUp()
  void flights.join('k', start, tasks)
  clock.advance(deadlineMs - 1)
  const joined = flights.join('k', start, tasks)
  assert.equal(begun.length, 1)
  clock.advance(deadlineMs)
  await settle()
  assert.equal(begun.length, 2)
  assert.equal(background.length, 2)
  begun[1]?.resolve('value')
  assert.equal(await joined, 'value')
})

test('several who were let down share the read that one of them begins', async () => {
  const { flights, start, begun, clock, tasks } = setUp()
  void flights.join('k', start, tasks)
  const joined = [
    flights.join('k', start, tasks),
    flights.join('k', start, tasks),
    flights.join('k', start, tasks),
  ]
  clock.advance(deadlineMs)
  await settle()
  assert.equal(begun.length, 2)
  begun[1]?.resolve('value')
  assert.deepEqual(await Promise.all(joined), ['value', 'value', 'value'])
})

test('who waits twice in vain is late', async () => {
  const { flights, start, clock, tasks } = setUp()
  void flights.join('k', start, tasks)
  const joined = flights.join('k', start, tasks)
  clock.advance(deadlineMs)
  await settle()
  clock.advance(deadlineMs)
  assert.equal(await joined, 'late')
})

test('an old read that ends at last does not take the place of a newer one', async () => {
  const { flights, start, begun, clock, tasks } = setUp()
  const first = flights.join('k', start, tasks)
  clock.advance(deadlineMs)
  assert.equal(await first, 'late')
  const second = flights.join('k', start, tasks)
  begun[0]?.resolve('old')
  await settle()
  const third = flights.join('k', start, tasks)
  assert.equal(begun.length, 2)
  begun[1]?.resolve('new')
  assert.deepEqual(await Promise.all([second, third]), ['new', 'new'])
})
