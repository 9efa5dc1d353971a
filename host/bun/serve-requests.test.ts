import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAnswer, type Handler } from '../http/answer.ts'
import { keepLog } from '../http/client.case.ts'
import { createRunningRequests } from '../http/deadlines.ts'
import { defaultLimits, type Limits } from '../http/limits.ts'
import type { BunServer } from './bun-serve.ts'
import { serveRequests } from './serve-requests.ts'

const server: BunServer = {
  stop: () => Promise.resolve(),
  closeIdleConnections: () => 0,
  requestIP: () => ({ address: '192.0.2.7' }),
}
const url = 'https://edge.example/dns-query?dns=AAAA'

function open(t: TestContext, handler: Handler, given: Partial<Limits> = {}) {
  const log = keepLog()
  const limits = { ...defaultLimits, sweepMs: 5, ...given }
  const requests = createRunningRequests(limits.sweepMs)
  t.after(requests.stop)
  const alive = setInterval(() => {}, 1_000)
  t.after(() => clearInterval(alive))
  const answer = createAnswer(handler, { waitUntil: () => {} }, log, undefined)
  const fetch = serveRequests({ answer, requests, limits, log })
  return { log, ask: (request: Request) => fetch(request, server) }
}

/** A request with a body in pieces, without a declared length. */
function streamed(pieces: readonly string[], { ends }: { readonly ends: boolean }): Request {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece))
      if (ends) controller.close()
    },
  })
  return new Request(url, { method: 'POST', body, duplex: 'half' })
}

const echo: Handler = async (request) => {
  const body = await request.body(8)
  if (body === 'too-large') return { status: 413, headers: {}, body: 'too large' }
  return { status: 200, headers: { 'x-peer': request.peer ?? '' }, body }
}

test('the handler gets path, query, peer, headers and body; the response is its own', async (t) => {
  const { ask } = open(t, async (request) => {
    const { method, path, query, peer, transport } = request
    const seen = { method, path, query, peer, transport, type: request.header('content-type') }
    return { status: 200, headers: { 'x-a': 'b' }, body: JSON.stringify(seen) }
  })
  const response = await ask(new Request(url, { headers: { 'content-type': 'x/y' } }))
  assert.equal(response.headers.get('x-a'), 'b')
  assert.equal(response.headers.get('connection'), null)
  assert.deepEqual(await response.json(), {
    ...{ method: 'GET', path: '/dns-query', query: 'dns=AAAA', peer: '192.0.2.7', type: 'x/y' },
  })
})

test('a body of a declared length is read, and one that is declared too large is not', async (t) => {
  const { ask } = open(t, echo)
  const post = (body: string): Request =>
    new Request(url, { method: 'POST', body, headers: { 'content-length': String(body.length) } })
  assert.equal(await (await ask(post('12345678'))).text(), '12345678')
  const large = post('123456789')
  assert.equal((await ask(large)).status, 413)
  assert.equal(large.bodyUsed, false)
})

test('the pieces of a body are joined, up to the limit', async (t) => {
  const { ask } = open(t, echo)
  const response = await ask(streamed(['ab', 'cd'], { ends: true }))
  assert.equal(await response.text(), 'abcd')
  assert.equal(response.headers.get('connection'), null)
  const large = await ask(streamed(['12345', '6789'], { ends: false }))
  assert.equal(large.status, 413)
  // The rest of the body is not awaited.
  assert.equal(large.headers.get('connection'), 'close')
})

test('a slow body is answered with 408, and the connection is closed', async (t) => {
  const { ask, log } = open(t, echo, { bodyMs: 20 })
  const response = await ask(streamed(['ab'], { ends: false }))
  assert.equal(response.status, 408)
  assert.equal(response.headers.get('connection'), 'close')
  assert.deepEqual(log.lines, [])
})

test('a request without an answer in time gets 503', async (t) => {
  const { ask } = open(t, () => new Promise(() => {}), { requestMs: 20 })
  const response = await ask(new Request(url))
  assert.equal(response.status, 503)
  assert.equal(response.headers.get('cache-control'), 'no-store')
})

test('a response that cannot be sent becomes 500, and is logged', async (t) => {
  const { ask, log } = open(t, async () => ({ status: 200, headers: { 'x broken': '' }, body: '' }))
  assert.equal((await ask(new Request(url))).status, 500)
  assert.deepEqual(
    log.lines.map(({ message }) => message),
    ['response cannot be sent'],
  )
})

test('204 has no body', async (t) => {
  const { ask } = open(t, async () => ({ status: 204, headers: {}, body: '' }))
  assert.equal((await ask(new Request(url, { method: 'OPTIONS' }))).body, null)
})
