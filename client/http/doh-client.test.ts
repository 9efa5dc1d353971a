import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import tls from 'node:tls'
import dnsPacket from 'dns-packet'
import type { RunningFront } from '../../host/front/front.ts'
import type { Handler } from '../../host/http/answer.ts'
import { startServer } from '../../host/http/server.ts'
import {
  type DevelopmentCertificate,
  developmentCertificate,
} from '../../host/tls/development-certificate.ts'
import { askDoh, type DohQuestion } from './doh-client.ts'

const log = { info: () => {}, warn: () => {} }

/** A server that returns the query unchanged, and describes the request in a header. */
const echo: Handler = async (request) => {
  const { method, path, query } = request
  const text = { 'content-type': 'text/plain', 'cache-control': 'no-store' }
  if (path === '/text') return { status: 404, headers: text, body: 'no such\npath\n' }
  if (path === '/moved') return { status: 307, headers: { ...text, location: '/dns-query' }, body: '' }
  if (path === '/page') return { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }
  if (path === '/long')
    return {
      status: 200,
      headers: { 'content-type': 'application/dns-message' },
      body: new Uint8Array(70_000),
    }
  if (path === '/broken')
    return { status: 200, headers: { 'content-type': 'application/dns-message' }, body: new Uint8Array(2) }
  if (path === '/never') return new Promise(() => {})
  const sent = new URLSearchParams(query).get('dns') ?? ''
  const body = method === 'GET' ? Buffer.from(sent, 'base64url') : await request.body(4_096)
  if (body === 'too-large') return { status: 413, headers: {}, body: '' }
  const seen = `${method} ${path} ${query.replace(/dns=.*/, 'dns')} ${request.header('content-type') ?? '-'} ${request.header('accept') ?? '-'}`
  return { status: 200, headers: { 'content-type': 'application/dns-message', 'x-seen': seen }, body }
}

describe('askDoh', () => {
  let dir: string
  let certificate: DevelopmentCertificate
  let secure: RunningFront
  let plain: RunningFront
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-query-'))
    certificate = await developmentCertificate(dir, [])
    const listen = { host: '127.0.0.1', port: 0 }
    secure = await startServer({ listen, tls: certificate, handler: echo, log })
    plain = await startServer({ listen, handler: echo, log })
  })
  after(async () => {
    await Promise.all([secure.close(0), plain.close(0)])
    await rm(dir, { recursive: true })
  })

  const ask = (given: Partial<DohQuestion> & { path?: string }): ReturnType<typeof askDoh> =>
    askDoh({
      url: `${secure.url}${given.path ?? '/dns-query'}`,
      name: 'web.default.svc.cluster.local',
      type: 'A',
      method: 'POST',
      caFile: certificate.caFile,
      edns: true,
      timeoutMs: 60_000,
      now: Date.now,
      ...given,
    })

  test('the server of an answer is shown without the token of its URL', async () => {
    const answer = await ask({ path: '/dns-query/kdoh_secret-of-somebody' })
    assert.equal(answer.headers['x-seen']?.includes('/dns-query/kdoh_secret-of-somebody'), true)
    assert.equal(answer.server, `${secure.url}/dns-query/TOKEN (HTTP/2)`)
  })

  test('sends POST over HTTP/2; returns message, headers and time', async () => {
    const answer = await ask({})
    assert.equal(answer.httpVersion, '2')
    assert.equal(answer.headers['x-seen'], 'POST /dns-query  application/dns-message application/dns-message')
    assert.ok(answer.ms >= 0 && answer.ms < 60_000)
    const { questions, additionals, id } = dnsPacket.decode(Buffer.from(answer.message.bytes))
    assert.deepEqual(questions, [{ name: 'web.default.svc.cluster.local', type: 'A', class: 'IN' }])
    assert.equal(additionals?.[0]?.type, 'OPT')
    assert.equal(id, 0)
  })

  test('sends GET and keeps the query of the URL', async () => {
    const answer = await ask({ path: '/dns-query/token?x=1', method: 'GET' })
    assert.equal(answer.headers['x-seen'], 'GET /dns-query/token x=1&dns - application/dns-message')
    assert.equal(dnsPacket.decode(Buffer.from(answer.message.bytes)).questions?.length, 1)
  })

  test('accepts a URI template; sends no OPT with that option', async () => {
    const answer = await ask({ path: '/dns-query{?dns}', edns: false })
    assert.equal(answer.headers['x-seen']?.includes('POST /dns-query '), true)
    assert.deepEqual(dnsPacket.decode(Buffer.from(answer.message.bytes)).additionals, [])
  })

  test('sends a query for any type number', async () => {
    const { bytes } = (await ask({ type: 'TYPE65280', edns: false })).message
    assert.equal(Buffer.from(bytes).readUInt16BE(bytes.length - 4), 65_280)
  })

  test('uses HTTP/1.1 for http URLs', async () => {
    const answer = await ask({ url: `${plain.url}/dns-query`, method: 'GET' })
    assert.equal(answer.httpVersion, '1.1')
  })

  test('falls back to HTTP/1.1 when ALPN selects it', async () => {
    const lane = http.createServer((request, response) => {
      request.pipe(response.writeHead(200, { 'content-type': 'application/dns-message' }))
    })
    const server = tls.createServer({
      cert: certificate.certPem,
      key: certificate.keyPem,
      ALPNProtocols: ['http/1.1'],
    })
    server.on('secureConnection', (socket) => lane.emit('connection', socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const answer = await ask({ url: `https://localhost:${port}/dns-query` }).finally(() => server.close())
    assert.equal(answer.httpVersion, '1.1')
    assert.ok(answer.message.bytes.length > 12)
  })

  test('a certificate of an unknown authority is rejected; the message names --ca', async () => {
    await assert.rejects(ask({ caFile: undefined }), { code: 'CERTIFICATE_UNTRUSTED', message: /--ca FILE/ })
  })

  test('a certificate for another host is rejected', async () => {
    const listen = { host: '127.0.0.2', port: 0 }
    const other = await startServer({ listen, tls: certificate, handler: echo, log })
    await assert.rejects(ask({ url: other.url }), { code: 'CERTIFICATE_UNTRUSTED', message: /127\.0\.0\.2/ })
    await other.close(0)
  })

  for (const [what, given, expected] of [
    [
      'an HTTP status, with its text',
      { path: '/text' },
      { code: 'HTTP_STATUS', message: /404: no such path$/ },
    ],
    [
      'a redirect, with its target',
      { path: '/moved' },
      { code: 'HTTP_STATUS', message: /307, to \/dns-query$/ },
    ],
    [
      'a page',
      { path: '/page' },
      { code: 'ANSWER_INVALID', message: /text\/html .* is \/page its DoH path/ },
    ],
    [
      'a body that is not a DNS message',
      { path: '/broken' },
      { code: 'ANSWER_INVALID', message: /is not a DNS message: a message of 2 bytes/ },
    ],
    ['an endless body', { path: '/long' }, { code: 'ANSWER_INVALID', message: /more than 65535 bytes/ }],
    ['silence', { path: '/never', timeoutMs: 100 }, { code: 'TIMEOUT', message: /within 100 ms/ }],
    ['a wrong URL', { url: 'ftp://x/' }, { code: 'OPTION_URL' }],
    ['a wrong type', { type: 'AAAAA' }, { code: 'OPTION_TYPE' }],
    ['a wrong name', { name: 'a..b' }, { code: 'OPTION_NAME' }],
    [
      'a missing CA file',
      { caFile: '/nowhere/ca.pem' },
      { code: 'OPTION_CA', message: /\/nowhere\/ca\.pem/ },
    ],
  ] as const) {
    test(`the error describes the fault: ${what}`, async () => {
      await assert.rejects(ask(given), expected)
    })
  }

  test('the error for a port without a listener names the cause', async () => {
    // While the port is taken on another address of loopback, nothing else begins to listen on it.
    const { port } = plain
    for (const url of [`https://127.0.0.9:${port}/`, `http://127.0.0.9:${port}/`]) {
      await assert.rejects(ask({ url }), {
        code: 'CONNECT_REFUSED',
        message: new RegExp(`127.0.0.9:${port}`),
      })
    }
  })

  test('the error for https to an http port names the cause', async () => {
    await assert.rejects(ask({ url: plain.url.replace('http:', 'https:') }), {
      code: 'CONNECT_FAILED',
      message: /does it speak TLS\?/,
    })
  })

  test('the error for a server that closes the connection names the cause', async () => {
    const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    for (const url of [`https://127.0.0.1:${port}/`, `http://127.0.0.1:${port}/`]) {
      await assert.rejects(ask({ url }), { code: 'CONNECT_FAILED' })
    }
    server.close()
  })
})
