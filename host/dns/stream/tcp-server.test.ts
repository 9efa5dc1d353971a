import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../../test/wait-for.ts'
import { HostError } from '../../errors.ts'
import { connectStream, startEcho } from './stream-client.case.ts'

const query = Uint8Array.of(0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)

test('the handler gets transport and source address of the connection', async (t) => {
  const seen: unknown[] = []
  const server = await startEcho({
    handler: ({ bytes, ...caller }) => {
      seen.push(caller)
      return Promise.resolve(bytes)
    },
  })
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.send(query)
  assert.deepEqual(await client.receive(), query)
  assert.deepEqual(seen, [{ transport: 'tcp', peer: '127.0.0.1', serverName: undefined, maxBytes: 65_535 }])
})

test('an address that is in use is an error', async (t) => {
  const server = await startEcho()
  t.after(() => server.close(0))
  await assert.rejects(
    startEcho({ listen: server }),
    (error) => error instanceof HostError && error.code === 'LISTEN_IN_USE',
  )
})

test('close answers the queries in flight, ends idle connections at once, and accepts no more', async () => {
  const answer = Promise.withResolvers<void>()
  const server = await startEcho({
    handler: async ({ bytes }) => {
      await answer.promise
      return bytes
    },
  })
  const [idle, busy] = [await connectStream(server), await connectStream(server)]
  busy.send(query)
  await sleep(50)
  let isClosed = false
  const closed = server.close(10_000).then(() => (isClosed = true))
  assert.equal(await idle.receive(), undefined)
  await assert.rejects(connectStream(server))
  // A query that arrives now is not answered.
  busy.send(query)
  await sleep(50)
  assert.equal(isClosed, false)
  answer.resolve()
  assert.deepEqual(await busy.receive(), query)
  assert.equal(await busy.receive(), undefined)
  await closed
})

test('close ends after the grace period, although a client waits', async () => {
  let asked = 0
  const server = await startEcho({
    handler: () => {
      asked++
      return new Promise(() => {})
    },
  })
  const client = await connectStream(server)
  client.send(query)
  await waitFor('the query', () => asked === 1)
  await server.close(100)
  assert.equal(await client.receive(), undefined)
})

test('close does not wait for a client that never closes its side', async () => {
  const server = await startEcho({ limits: { lingerMs: 100 } })
  const client = await connectStream(server)
  client.send(query)
  assert.deepEqual(await client.receive(), query)
  client.socket.removeAllListeners('end')
  const beganMs = performance.now()
  await server.close(60_000)
  assert.ok(performance.now() - beganMs < 30_000)
  client.socket.destroy()
})
