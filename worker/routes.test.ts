import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, startTestEdge } from './edge.case.ts'

test('a path that is not in normal form leads nowhere', async () => {
  const { send } = startTestEdge()
  const nowhere = await send(get('/nowhere'))
  assert.equal(nowhere.status, 404)
  const paths = [
    '/#',
    '/status#x',
    '/a/../status',
    '/./status',
    '/%2e/status',
    '/stat\tus',
    '\\status',
    '*',
    '',
  ]
  for (const path of paths) assert.deepEqual(await send(get(path)), nowhere, path)
  for (const path of ['/', '/status', '/healthz']) assert.equal((await send(get(path))).status, 200, path)
})

test('a path without a route and a token that is not valid have the same headers in the same order', async () => {
  const { send } = startTestEdge()
  const [nowhere, invalid] = [await send(get('/nowhere')), await send(get('/dns-query/test-nothing'))]
  assert.deepEqual(Object.entries(nowhere.headers), Object.entries(invalid.headers))
  assert.deepEqual(nowhere, invalid)
})
