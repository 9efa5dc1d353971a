import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2, { type ClientHttp2Session, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { closeIdleSessions, type Traffic } from './idle-sessions.ts'

/** After the answer to a PING, nothing that the client has sent is under way. */
function ping(client: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    client.ping((error) => (error ? reject(error) : resolve()))
  })
}

test('a session without traffic is closed after its time, and a PING prolongs it', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const server = http2.createServer()
  const sessions = new Map<ServerHttp2Session, Traffic>()
  server.on('session', (session) => sessions.set(session, { bytes: 0, quietChecks: 0 }))
  const stop = closeIdleSessions(sessions, 100)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  // A failed test must not keep its process alive.
  t.after(() => {
    client.destroy()
    stop()
    server.close()
  })
  await once(client, 'connect')
  const isClosed = (): boolean => [...sessions.keys()].every(({ closed }) => closed)
  await ping(client)
  // The first check finds the traffic, and nine find none.
  t.mock.timers.tick(100)
  assert.equal(isClosed(), false)
  await ping(client)
  t.mock.timers.tick(100)
  assert.equal(isClosed(), false)
  t.mock.timers.tick(10)
  assert.equal(isClosed(), true)
  await once(client, 'close')
})
