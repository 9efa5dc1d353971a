import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResolverOrder } from './resolver-order.ts'

const [a, b, c] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => ({ address, port: 53 })) as [
  { address: string; port: number },
  { address: string; port: number },
  { address: string; port: number },
]

test('a silent resolver comes last until it answers or its time is over', () => {
  let nowMs = 0
  const order = createResolverOrder([a, b, c], { silentMs: 30_000, now: () => nowMs })
  order.silent(a)
  assert.deepEqual(order.inOrder(), [b, c, a])
  order.silent(b)
  assert.deepEqual(order.inOrder(), [c, a, b])
  order.answered(b)
  assert.deepEqual(order.inOrder(), [b, c, a])
  nowMs = 30_000
  assert.deepEqual(order.inOrder(), [a, b, c])
})

test('other resolvers start without a past', () => {
  const order = createResolverOrder([a, b], { silentMs: 30_000, now: () => 0 })
  order.silent(a)
  order.use([a, c])
  assert.deepEqual(order.inOrder(), [a, c])
})
