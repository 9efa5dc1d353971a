import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { RunningFront } from '../front/front.ts'
import { type DevelopmentCertificate, developmentCertificate } from '../tls/development-certificate.ts'
import type { Handler } from './answer.ts'
import { type Client, type KeptLog, keepLog, startTestServer, transports } from './client.case.ts'

const maxBytes = 1_000

/** Answers with parts of the request; some paths are special. */
const handler: Handler = async (request) => {
  const headers = { 'content-type': 'text/plain', 'x-path': request.path }
  switch (request.path) {
    case '/throws':
      throw new Error('the handler is broken')
    case '/invalid-header':
      return { status: 200, headers: { 'x broken': '' }, body: '' }
    case '/empty':
      return { status: 204, headers, body: '' }
    case '/bytes':
      return { status: 200, headers, body: new Uint8Array([1, 2, 3]) }
    case '/refuse':
      return { status: 403, headers, body: 'no' }
  }
  const body = await request.body(maxBytes)
  if (body === 'too-large') return { status: 413, headers, body: 'too large' }
  const seen = {
    method: request.method,
    query: request.query,
    host: request.header('host') !== undefined,
    type: request.header('content-type') ?? null,
    absent: request.header('x-absent') ?? null,
    peer: request.peer,
    body: Buffer.from(body).toString(),
  }
  return { status: 200, headers, body: JSON.stringify(seen) }
}

let dir: string
let certificate: DevelopmentCertificate
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-server-'))
  certificate = await developmentCertificate(dir, [])
})
after(() => rm(dir, { recursive: true }))

for (const transport of transports) {
  describe(`server: ${transport.name}`, () => {
    let server: RunningFront
    let client: Client
    let log: KeptLog
    before(async () => {
      log = keepLog()
      server = await startTestServer(handler, {
        tls: transport.secure ? certificate : undefined,
        log,
      })
      client = transport.connect(server.url, readFileSync(certificate.caFile, 'utf8'))
    })
    after(async () => {
      client.close()
      await server.close(0)
    })

    it('passes method, path, query, headers and body to the handler', async () => {
      const { status, headers, body } = await client.send({
        method: 'POST',
        path: '/a%20b/c?dns=x&y=%3D',
        headers: { 'content-type': 'application/dns-message' },
        body: 'hello',
      })
      assert.equal(status, 200)
      assert.equal(headers['x-path'], '/a%20b/c')
      assert.deepEqual(JSON.parse(body), {
        method: 'POST',
        query: 'dns=x&y=%3D',
        host: true,
        type: 'application/dns-message',
        absent: null,
        peer: '127.0.0.1',
        body: 'hello',
      })
      assert.equal(headers['content-length'], String(body.length))
    })

    it('joins the pieces of a body', async () => {
      const body = ['a'.repeat(300), new Uint8Array(300).fill(98), 'c'.repeat(300)]
      const got = await client.send({ method: 'POST', path: '/', body })
      assert.equal(JSON.parse(got.body).body, 'a'.repeat(300) + 'b'.repeat(300) + 'c'.repeat(300))
    })

    it('reads an empty body of a GET', async () => {
      const got = await client.send({ method: 'GET', path: '/x' })
      assert.equal(JSON.parse(got.body).body, '')
    })

    it('sends bytes unchanged, with their length', async () => {
      const got = await client.send({ method: 'GET', path: '/bytes' })
      assert.equal(got.body, '\u0001\u0002\u0003')
      assert.equal(got.headers['content-length'], '3')
    })

    it('answers HEAD with the headers of GET and no body', async () => {
      const get = await client.send({ method: 'GET', path: '/bytes' })
      const head = await client.send({ method: 'HEAD', path: '/bytes' })
      assert.equal(head.body, '')
      assert.equal(head.status, get.status)
      for (const name of ['content-type', 'content-length', 'x-path'])
        assert.equal(head.headers[name], get.headers[name])
    })

    it('sends 204 without length and body', async () => {
      const got = await client.send({ method: 'GET', path: '/empty' })
      assert.equal(got.status, 204)
      assert.equal(got.headers['content-length'], undefined)
    })

    it('rejects a body whose declared length is too large', async () => {
      const got = await client.send({
        method: 'POST',
        path: '/',
        body: 'x'.repeat(maxBytes + 1),
        headers: { 'content-length': '1001' },
      })
      assert.equal(got.status, 413)
      assert.equal(got.body, 'too large')
    })

    it('rejects bodies that become too large, repeatedly, and continues', async () => {
      for (let time = 0; time < 20; time++) {
        const got = await client.send({
          method: 'POST',
          path: '/',
          body: Array<string>(20).fill('x'.repeat(10_000)),
        })
        assert.equal(got.status, 413)
      }
      assert.equal((await client.send({ method: 'GET', path: '/' })).status, 200)
    })

    it('accepts a body of exactly the limit', async () => {
      const got = await client.send({ method: 'POST', path: '/', body: 'x'.repeat(maxBytes) })
      assert.equal(JSON.parse(got.body).body.length, maxBytes)
    })

    it('delivers a refusal to a client whose body is not read', async () => {
      const got = await client.send({
        method: 'POST',
        path: '/refuse',
        body: Array<string>(100).fill('x'.repeat(10_000)),
      })
      assert.equal(got.status, 403)
      assert.equal(got.body, 'no')
      assert.equal((await client.send({ method: 'GET', path: '/' })).status, 200)
    })

    it('answers 500 when the handler throws; only the log has the details', async () => {
      const got = await client.send({ method: 'GET', path: '/throws?secret' })
      assert.equal(got.status, 500)
      assert.equal(got.headers['content-type'], 'text/plain; charset=utf-8')
      assert.equal(got.headers['cache-control'], 'no-store')
      assert.equal(got.body, 'internal error\n')
      const line = log.lines.at(-1)
      assert.equal(line?.message, 'request failed')
      assert.ok(line.fields.includes('the handler is broken'))
      assert.ok(!line.fields.includes('secret'))
    })

    it('answers 500 when the response cannot be sent', async () => {
      const got = await client.send({ method: 'GET', path: '/invalid-header' })
      assert.equal(got.status, 500)
      assert.equal(log.lines.at(-1)?.message, 'response cannot be sent')
    })

    it('answers many requests at once', async () => {
      const bodies = Array.from({ length: 50 }, (_, index) => `body ${index}`)
      const got = await Promise.all(bodies.map((body) => client.send({ method: 'POST', path: '/', body })))
      assert.deepEqual(
        got.map(({ body }) => JSON.parse(body).body),
        bodies,
      )
    })
  })
}
