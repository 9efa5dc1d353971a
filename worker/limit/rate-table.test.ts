import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRateTable } from './rate-table.ts'

const start = 1_800_000_000_000

test('a key may send its burst at once, and then its rate', () => {
  const table = createRateTable({ perSecond: 10, burst: 30 }, 100)
  for (let sent = 0; sent < 30; sent++) assert.equal(table.take('a', start), 0)
  assert.ok(Math.abs(table.take('a', start) - 100) < 1)
  assert.equal(table.take('a', start + 100), 0)
  assert.ok(table.take('a', start + 100) > 0)
})

test('over any time, no more requests are admitted than burst and rate allow', () => {
  const table = createRateTable({ perSecond: 7, burst: 20 }, 100)
  let admitted = 0
  for (let ms = 0; ms < 60_000; ms += 3) if (table.take('a', start + ms) === 0) admitted++
  assert.ok(admitted >= 7 * 60 + 20 - 2 && admitted <= 7 * 60 + 20 + 1, `${admitted}`)
})

test('a refused request costs nothing: the next one is due when the first refusal said', () => {
  const table = createRateTable({ perSecond: 1, burst: 1 }, 100)
  table.take('a', start)
  const waitMs = table.take('a', start)
  for (let sent = 0; sent < 1000; sent++) table.take('a', start + 1)
  assert.equal(table.take('a', start + Math.ceil(waitMs)), 0)
})

test('one key does not use the rate of another', () => {
  const table = createRateTable({ perSecond: 1, burst: 2 }, 100)
  for (let sent = 0; sent < 100; sent++) table.take('flood', start)
  assert.equal(table.take('other', start), 0)
})

test('requests admitted by other processes count, and at most fill the burst', () => {
  const table = createRateTable({ perSecond: 1, burst: 10 }, 100)
  table.add('a', 9, start)
  assert.equal(table.take('a', start), 0)
  assert.ok(table.take('a', start) > 0)
  table.add('a', 1_000, start)
  assert.ok(table.take('a', start) <= 1_000)
})

test('a full table forgets keys with allowance left before those at their limit', () => {
  const table = createRateTable({ perSecond: 0.001, burst: 2 }, 50)
  for (let sent = 0; sent < 3; sent++) table.take('flood', start)
  for (let at = 0; at < 10_000; at++) assert.equal(table.take(`other ${at}`, start), 0)
  assert.equal(table.size(), 50)
  assert.ok(table.take('flood', start) > 0)
})

test('a table that is full of keys at their limit still admits new keys', () => {
  const table = createRateTable({ perSecond: 0.001, burst: 1 }, 50)
  for (let at = 0; at < 500; at++) assert.equal(table.take(`key ${at}`, start), 0)
  assert.equal(table.size(), 50)
})

test('a clock that is set back locks no key out for longer than a whole burst takes', () => {
  const table = createRateTable({ perSecond: 1, burst: 5 }, 100)
  for (let sent = 0; sent < 5; sent++) table.take('a', start)
  const setBack = start - 3_600_000
  assert.ok(table.take('a', setBack) <= 1_000)
  assert.equal(table.take('a', setBack + 1_000), 0)
})

test('a request of many units takes as many, and one above the burst takes all of it', () => {
  const table = createRateTable({ perSecond: 10, burst: 100 }, 100)
  assert.equal(table.take('a', start, 60), 0)
  assert.equal(table.take('a', start, 40), 0)
  assert.ok(Math.abs(table.take('a', start, 20) - 2_000) < 1)
  assert.equal(table.take('a', start + 2_000, 20), 0)
  assert.equal(table.take('b', start, 5_000), 0)
  assert.ok(Math.abs(table.take('b', start, 1) - 100) < 1)
})
