import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGate } from './gate.ts'

test('some tasks run at once, and the others in order as these end, however they end', async () => {
  const gate = createGate(2)
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
  assert.deepEqual(begun, [0, 1, 2])
  for (const [at, { resolve }] of tasks.entries()) resolve(String(at))
  assert.deepEqual(await Promise.all(results.filter((_, at) => at !== 1)), ['0', '2', '3', '4'])
  assert.deepEqual(begun, [0, 1, 2, 3, 4])
})
