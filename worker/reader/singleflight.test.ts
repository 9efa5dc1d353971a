import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../edge.case.ts'
import { createSingleflight } from './singleflight.ts'

const deadlineMs = 100

/** Reads that end when the test ends them; `begun` has one entry for each that was started. */
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
  return { clock, background, tasks, reads: createSingleflight<string>(deadlineMs, clock), ...createReads() }
}

/** Runs everything that waits for promises only. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

test('requests that arrive while a read is under way share it', async () => {
  const { reads, start, begun, tasks } = setUp()
  const joined = [reads.join('k', start, tasks), reads.join('k', start, tasks)]
  assert.equal(begun.length, 1)
  begun[0]?.resolve('value')
  assert.deepEqual(await Promise.all(joined), ['value', 'value'])
})

test('different keys are read separately', async () => {
  const { reads, start, begun, tasks } = setUp()
  const joined = [reads.join('a', start, tasks), reads.join('b', start, tasks)]
  assert.equal(begun.length, 2)
  begun[1]?.resolve('b')
  begun[0]?.resolve('a')
  assert.deepEqual(await Promise.all(joined), ['a', 'b'])
})

test('a finished read is not kept: the next request starts a new one', async () => {
  const { reads, start, begun, tasks } = setUp()
  const first = reads.join('k', start, tasks)
  begun[0]?.resolve('old')
  assert.equal(await first, 'old')
  await settle()
  const second = reads.join('k', start, tasks)
  assert.equal(begun.length, 2)
  begun[1]?.resolve('new')
  assert.equal(await second, 'new')
})

test('a read is passed to waitUntil of the request that started it, and of no other', async () => {
  const { reads, start, begun, tasks, background } = setUp()
  const other: Promise<unknown>[] = []
  const first = reads.join('k', start, tasks)
  const second = reads.join('k', start, { waitUntil: (promise) => void other.push(promise) })
  assert.deepEqual([background.length, other.length], [1, 0])
  begun[0]?.resolve('value')
  await Promise.all([first, second, ...background])
})

test('a failed read fails for every waiter and is not kept', async () => {
  const { reads, start, begun, tasks, background } = setUp()
  const joined = [reads.join('k', start, tasks), reads.join('k', start, tasks)]
  begun[0]?.reject(new Error('gone'))
  for (const each of joined) await assert.rejects(each, /gone/)
  // The promise passed to waitUntil still settles.
  await Promise.all(background)
  const next = reads.join('k', start, tasks)
  begun[1]?.resolve('value')
  assert.equal(await next, 'value')
})

test('the request that started a read gets late at the deadline', async () => {
  const { reads, start, clock, tasks } = setUp()
  const joined = reads.join('k', start, tasks)
  clock.advance(deadlineMs)
  assert.equal(await joined, 'late')
})

test('no request joins a read past its deadline', async () => {
  const { reads, start, begun, clock, tasks } = setUp()
  const first = reads.join('k', start, tasks)
  clock.advance(deadlineMs)
  const second = reads.join('k', start, tasks)
  assert.equal(begun.length, 2)
  begun[1]?.resolve('value')
  assert.deepEqual(await Promise.all([first, second]), ['late', 'value'])
})

test('a request that joined a read that never ends reads once itself', async () => {
  const { reads, start, begun, clock, tasks, background } = setUp()
  void reads.join('k', start, tasks)
  clock.advance(deadlineMs - 1)
  const joined = reads.join('k', start, tasks)
  assert.equal(begun.length, 1)
  clock.advance(deadlineMs)
  await settle()
  assert.equal(begun.length, 2)
  assert.equal(background.length, 2)
  begun[1]?.resolve('value')
  assert.equal(await joined, 'value')
})

test('requests that joined a read that never ends share one new read', async () => {
  const { reads, start, begun, clock, tasks } = setUp()
  void reads.join('k', start, tasks)
  const joined = [reads.join('k', start, tasks), reads.join('k', start, tasks), reads.join('k', start, tasks)]
  clock.advance(deadlineMs)
  await settle()
  assert.equal(begun.length, 2)
  begun[1]?.resolve('value')
  assert.deepEqual(await Promise.all(joined), ['value', 'value', 'value'])
})

test('a request whose second read misses its deadline too is late', async () => {
  const { reads, start, clock, tasks } = setUp()
  void reads.join('k', start, tasks)
  const joined = reads.join('k', start, tasks)
  clock.advance(deadlineMs)
  await settle()
  clock.advance(deadlineMs)
  assert.equal(await joined, 'late')
})

test('an old read that ends after its deadline does not replace a newer one', async () => {
  const { reads, start, begun, clock, tasks } = setUp()
  const first = reads.join('k', start, tasks)
  clock.advance(deadlineMs)
  assert.equal(await first, 'late')
  const second = reads.join('k', start, tasks)
  begun[0]?.resolve('old')
  await settle()
  const third = reads.join('k', start, tasks)
  assert.equal(begun.length, 2)
  begun[1]?.resolve('new')
  assert.deepEqual(await Promise.all([second, third]), ['new', 'new'])
})
