import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterConfig, get, rootOf, startTestEdge, storeSnapshot } from '../edge.case.ts'
import { zonesPath } from './zones-route.ts'

async function startPublicEdge(): Promise<ReturnType<typeof startTestEdge>> {
  const running = startTestEdge([clusterConfig({ zones: ['cluster.local', 'a!b.example'] })])
  await storeSnapshot(running.kv, rootOf())
  return running
}

test('the list of zones is JSON that nobody stores', async () => {
  const { send } = await startPublicEdge()
  const response = await send(get(zonesPath))
  assert.equal(response.status, 200)
  assert.equal(response.headers['content-type'], 'application/json')
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.equal(response.headers['referrer-policy'], 'no-referrer')
  assert.deepEqual(JSON.parse(String(response.body)), {
    zones: [{ name: 'cluster.local', cluster: 'test', primary: true }],
    reverse: [],
    complete: true,
    forward: false,
    expires: null,
    dot: null,
    path: '/dns-query',
  })
  assert.deepEqual(await send(get(`${zonesPath}/`)), response)
  assert.deepEqual(await send(get(zonesPath, {}, 'HEAD')), response)
})

test('other methods are refused, after the caller is admitted', async () => {
  const { send } = await startPublicEdge()
  const { status, headers } = await send(get(zonesPath, {}, 'DELETE'))
  assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
  const nowhere = await send(get('/nowhere'))
  for (const path of ['/zones/test-wrong', '/zonesx', '/zones/a/b'])
    assert.deepEqual(await send(get(path, {}, 'DELETE')), nowhere, path)
})
