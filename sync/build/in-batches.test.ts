import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inBatches } from './in-batches.ts'

test('the results are in the order of the items, and few items are worked on at a time', async () => {
  let running = 0
  let most = 0
  const items = Array.from({ length: 1_000 }, (_, index) => index)
  const doubled = await inBatches(items, async (item) => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running--
    return item * 2
  })
  assert.deepEqual(
    doubled,
    items.map((item) => item * 2),
  )
  assert.ok(most < 100, `${most} items at a time`)
})

test('an item that fails rejects the whole', async () => {
  const work = async (item: number): Promise<number> => {
    if (item === 70) throw new RangeError('item 70')
    return item
  }
  await assert.rejects(
    inBatches(
      Array.from({ length: 200 }, (_, index) => index),
      work,
    ),
    /item 70/,
  )
})
