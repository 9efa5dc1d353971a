import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { type DevelopmentCertificate, developmentCertificate } from '../tls/development-certificate.ts'
import type { Handler } from './answer.ts'
import { keepLog, startTestServer, transports } from './client.case.ts'
import { startServer } from './server.ts'

const ok = { status: 200, headers: {}, body: 'ok' }
const log = keepLog()

let dir: string
let certificate: DevelopmentCertificate
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-life-'))
  certificate = await developmentCertificate(dir, [])
})
after(() => rm(dir, { recursive: true }))

describe('startServer', () => {
  it('returns its address', async () => {
    const server = await startServer({ listen: { host: '0.0.0.0', port: 0 }, handler: async () => ok, log })
    assert.equal(server.url, `http://127.0.0.1:${server.port}`)
    assert.equal(await (await fetch(server.url)).text(), 'ok')
    await server.close(0)
  })

  it('rejects with the port if it is in use', async (t) => {
    const first = await startTestServer(async () => ok)
    // Closed even after a failed assertion: a listening server keeps the test process alive.
    t.after(() => first.close(0))
    const second = startServer({ listen: first, handler: async () => ok, log })
    await assert.rejects(second, {
      code: 'LISTEN_IN_USE',
      message: `cannot listen on 127.0.0.1:${first.port}: another process listens on it`,
    })
  })

  it('rejects with the address if it is not one of this machine', async () => {
    for (const host of ['192.0.2.1', '2001:db8::1', 'no-such-host.invalid']) {
      const server = startServer({ listen: { host, port: 0 }, handler: async () => ok, log })
      await assert.rejects(server, { code: 'LISTEN_ADDRESS' })
    }
  })

  it('refuses a certificate that OpenSSL refuses', async () => {
    const { keyPem } = certificate
    await assert.rejects(
      startTestServer(async () => ok, { tls: { certPem: 'no', keyPem } }),
      { code: 'CERTIFICATE_INVALID' },
    )
  })

  it('shows a renewed certificate to the next connection', async () => {
    const server = await startTestServer(async () => ok, { tls: certificate })
    const other = await developmentCertificate(join(dir, 'other'), [])
    const shown = async (): Promise<string> => {
      const socket = tls.connect({ host: server.host, port: server.port, rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { fingerprint256 } = socket.getPeerCertificate()
      socket.destroy()
      return fingerprint256
    }
    const first = await shown()
    server.renew(other)
    assert.notEqual(await shown(), first)
    assert.throws(() => server.renew({ certPem: 'no', keyPem: 'no' }), { code: 'CERTIFICATE_INVALID' })
    await server.close(0)
  })

  it('sends an alert to a client that supports neither protocol', async () => {
    const server = await startTestServer(async () => ok, { tls: certificate })
    const socket = tls.connect({
      host: server.host,
      port: server.port,
      rejectUnauthorized: false,
      ALPNProtocols: ['dot'],
    })
    await assert.rejects(once(socket, 'secureConnect'), /no application protocol/)
    await server.close(0)
  })
})

for (const transport of transports) {
  describe(`closing: ${transport.name}`, () => {
    const start = (handler: Handler): ReturnType<typeof startTestServer> =>
      startTestServer(handler, { tls: transport.secure ? certificate : undefined, log })
    const connect = (url: string): ReturnType<typeof transport.connect> =>
      transport.connect(url, readFileSync(certificate.caFile, 'utf8'))

    it('finishes a running request, accepts no new connection, and ends soon', async () => {
      const started = Promise.withResolvers<void>()
      const server = await start(async () => {
        started.resolve()
        await sleep(100)
        return ok
      })
      const client = connect(server.url)
      const answer = client.send({ method: 'GET', path: '/' })
      await started.promise
      const beganMs = performance.now()
      const closed = server.close(60_000)
      assert.equal(server.close(0), closed)
      const late = net.connect(server.port, server.host)
      await assert.rejects(once(late, 'connect'), { code: 'ECONNREFUSED' })
      assert.equal((await answer).status, 200)
      await closed
      assert.ok(performance.now() - beganMs < 30_000)
      client.close()
    })

    it('closes idle connections at once', async () => {
      const server = await start(async () => ok)
      const client = connect(server.url)
      await client.send({ method: 'GET', path: '/' })
      const fresh = net.connect(server.port, server.host)
      await once(fresh, 'connect')
      fresh.on('error', () => {})
      const beganMs = performance.now()
      await server.close(60_000)
      assert.ok(performance.now() - beganMs < 30_000)
      client.close()
    })

    it('closes a request that exceeds the grace period', async () => {
      const started = Promise.withResolvers<void>()
      const server = await start(() => {
        started.resolve()
        return new Promise(() => {})
      })
      const client = connect(server.url)
      const answer = assert.rejects(client.send({ method: 'GET', path: '/' }))
      await started.promise
      await server.close(50)
      client.close()
      if (transport.name.includes('1.1')) await answer
    })
  })
}

describe('tasks', () => {
  it('are awaited, and their failures are logged', async () => {
    const kept = keepLog()
    let done = false
    const server = await startTestServer(
      async (_request, tasks) => {
        tasks.waitUntil(sleep(80).then(() => (done = true)))
        tasks.waitUntil(Promise.reject(new Error('the task failed')))
        return ok
      },
      { log: kept },
    )
    assert.equal(await (await fetch(server.url)).text(), 'ok')
    await server.close(60_000)
    assert.ok(done)
    assert.deepEqual(
      kept.lines.map(({ message }) => message),
      ['background task failed'],
    )
  })

  it('are not awaited beyond the grace period', async () => {
    const server = await startTestServer(async (_request, tasks) => {
      tasks.waitUntil(new Promise(() => {}))
      return ok
    })
    await (await fetch(server.url)).text()
    await server.close(50)
  })
})
