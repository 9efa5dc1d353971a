import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGate } from './gate.ts'

/** Enough turns of the microtask queue for a task to end and the next one to start. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

test('some tasks run at once, and the others in order as these end, however they end', async () => {
  const gate = createGate(2, (then) => then())
  const begun: number[] = []
  const tasks = [0, 1, 2, 3, 4].map(() => Promise.withResolvers<string>())
  const results = tasks.map(({ promise }, at) =>
    gate.pass(() => {
      begun.push(at)
      return promise
    }),
  )
  assert.deepEqual(begun, [0, 1])
  tasks[1]?.reject(new Error('no'))
  await assert.rejects(results[1] ?? assert.fail(), /no/)
  await turns()
  assert.deepEqual(begun, [0, 1, 2])
  for (const [at, { resolve }] of tasks.entries()) resolve(String(at))
  assert.deepEqual(await Promise.all(results.filter((_, at) => at !== 1)), ['0', '2', '3', '4'])
  assert.deepEqual(begun, [0, 1, 2, 3, 4])
})

test('tasks start after the lull, all for which there is room then', async () => {
  const lulls: (() => void)[] = []
  const gate = createGate(2, (then) => void lulls.push(then))
  const begun: number[] = []
  const results = [0, 1, 2].map((at) =>
    gate.pass(async () => {
      begun.push(at)
    }),
  )
  assert.deepEqual([begun, lulls.length], [[], 1])
  lulls.shift()?.()
  assert.deepEqual(begun, [0, 1])
  await turns()
  assert.deepEqual([begun, lulls.length], [[0, 1], 1])
  lulls.shift()?.()
  await Promise.all(results)
  assert.deepEqual(begun, [0, 1, 2])
})
