import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitConnections } from './connection-limit.ts'

test('idle connections are closed while more files are open than the limit', async () => {
  const opened = [3, 5, 6, 2]
  const done = Promise.withResolvers<void>()
  let closed = 0
  const count = (): number => {
    const next = opened.shift()
    if (next === undefined) done.resolve()
    return next ?? 0
  }
  // The timer does not keep the process alive.
  const alive = setInterval(() => {}, 1_000)
  const stop = limitConnections(4, () => closed++, 5, count)
  await done.promise
  stop()
  clearInterval(alive)
  assert.equal(closed, 2)
})

test('the open files of this process are counted', { skip: process.platform === 'win32' }, async () => {
  const done = Promise.withResolvers<void>()
  const alive = setInterval(() => {}, 1_000)
  const stop = limitConnections(1, done.resolve, 5)
  await done.promise
  stop()
  clearInterval(alive)
})
