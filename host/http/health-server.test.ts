import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startHealthServer } from './health-server.ts'

async function open(t: TestContext): Promise<string> {
  const server = await startHealthServer({ host: '127.0.0.1', port: 0 }, (path, verbose) => {
    if (path !== '/livez') return undefined
    return { status: verbose ? 503 : 200, type: 'text/plain', text: verbose ? 'ä\n' : 'ok' }
  })
  t.after(() => server.close())
  return server.url
}

test('GET and HEAD of the known paths are answered', async (t) => {
  const url = await open(t)
  const good = await fetch(`${url}/livez`)
  assert.deepEqual([good.status, await good.text()], [200, 'ok'])
  assert.equal(good.headers.get('cache-control'), 'no-store')
  const bad = await fetch(`${url}/livez?a=b&verbose`)
  assert.deepEqual([bad.status, await bad.text()], [503, 'ä\n'])
  const head = await fetch(`${url}/livez?verbose=true`, { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [503, '3', ''])
})

test('anything else is refused', async (t) => {
  const url = await open(t)
  assert.equal((await fetch(`${url}/`)).status, 404)
  assert.equal((await fetch(`${url}/livez/`)).status, 404)
  const post = await fetch(`${url}/livez`, { method: 'POST', body: 'x'.repeat(100_000) })
  assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD'])
})

test('a head that is too long is refused, and the server continues', async (t) => {
  const url = await open(t)
  assert.equal((await fetch(`${url}/livez`, { headers: { a: 'x'.repeat(10_000) } })).status, 431)
  assert.equal((await fetch(`${url}/livez`)).status, 200)
})

test('close does not wait for idle clients', async () => {
  const server = await startHealthServer({ host: '127.0.0.1', port: 0 }, () => undefined)
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  await server.close()
})

test('the error for an address in use names it', async (t) => {
  const port = Number(new URL(await open(t)).port)
  await assert.rejects(
    startHealthServer({ host: '127.0.0.1', port }, () => undefined),
    { code: 'LISTEN_IN_USE' },
  )
})
