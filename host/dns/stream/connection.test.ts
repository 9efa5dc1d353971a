import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../../../test/wait-for.ts'
import { createSilentMeter } from '../../../worker/report/silent-meter.ts'
import { connectStream, startEcho } from './stream-client.case.ts'

/** A message with this id and length. */
function message(id: number, bytes = 12): Uint8Array {
  const made = new Uint8Array(bytes)
  made[0] = id >> 8
  made[1] = id
  return made
}

const idOf = (bytes: Uint8Array | undefined): number | undefined =>
  bytes && ((bytes[0] ?? 0) << 8) + (bytes[1] ?? 0)

/** A handler whose answers are given by the test. */
function manualHandler() {
  const waiting = new Map<number, (answer: Uint8Array | undefined) => void>()
  let most = 0
  return {
    waiting,
    most: () => most,
    handler: ({ bytes }: { bytes: Uint8Array }) =>
      new Promise<Uint8Array | undefined>((resolve) => {
        const id = idOf(bytes) ?? 0
        waiting.set(id, (answer) => {
          waiting.delete(id)
          resolve(answer)
        })
        most = Math.max(most, waiting.size)
      }),
  }
}

test('pipelined queries are answered as their answers come', async (t) => {
  const { handler, waiting } = manualHandler()
  const server = await startEcho({ handler })
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.send(message(1), message(2), message(3))
  await waitFor('three queries', () => waiting.size === 3)
  for (const id of [3, 1, 2]) {
    waiting.get(id)?.(message(id))
    assert.equal(idOf(await client.receive()), id)
  }
})

test('a query that comes byte by byte is answered', async (t) => {
  const server = await startEcho()
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.socket.setNoDelay(true)
  for (const byte of [0, 12, ...message(7)]) {
    client.socket.write(Uint8Array.of(byte))
    await sleep(2)
  }
  assert.equal(idOf(await client.receive()), 7)
})

test('a client that closes its sending side gets its answers, and then the connection is closed', async (t) => {
  const { handler, waiting } = manualHandler()
  const server = await startEcho({ handler })
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.send(message(1), message(2))
  client.socket.end()
  await waitFor('two queries', () => waiting.size === 2)
  await sleep(50)
  waiting.get(2)?.(message(2))
  waiting.get(1)?.(message(1))
  assert.deepEqual([idOf(await client.receive()), idOf(await client.receive())], [2, 1])
  assert.equal(await client.receive(), undefined)
  await client.closed
})

test('a client that closes its sending side within a message gets its answers', async (t) => {
  const server = await startEcho()
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.send(message(1))
  client.socket.end(Uint8Array.of(0, 200, 1))
  assert.equal(idOf(await client.receive()), 1)
  await client.closed
})

test('a message of less than a header closes the connection', async (t) => {
  const server = await startEcho()
  t.after(() => server.close(0))
  for (const bytes of [0, 11]) {
    const client = await connectStream(server)
    client.send(message(1, bytes))
    assert.equal(await client.receive(), undefined)
  }
})

test('a query without an answer leaves the connection open', async (t) => {
  const handler = ({ bytes }: { bytes: Uint8Array }) => Promise.resolve(idOf(bytes) === 1 ? undefined : bytes)
  const server = await startEcho({ handler })
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.send(message(1), message(2))
  assert.equal(idOf(await client.receive()), 2)
})

test('a handler that fails closes the connection and is logged', async (t) => {
  const messages: string[] = []
  const log = { info: () => {}, warn: (text: string) => void messages.push(text) }
  const server = await startEcho({ handler: () => Promise.reject(new Error('broken')), log })
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.send(message(1))
  assert.equal(await client.receive(), undefined)
  assert.deepEqual(messages, ['query failed'])
})

test('of one connection, only so many queries wait at once, and all are answered', async (t) => {
  const { handler, waiting, most } = manualHandler()
  const limited: string[] = []
  const meter = {
    ...createSilentMeter({ now: () => 0 }),
    limited: (limit: string) => void limited.push(limit),
  }
  const server = await startEcho({ handler, limits: { maxInFlight: 5 }, meter })
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.send(...Array.from({ length: 40 }, (_, id) => message(id)))
  const ids = new Set<number | undefined>()
  while (ids.size < 40) {
    await waitFor('a query', () => waiting.size > 0)
    const asked = [...waiting]
    for (const [id, give] of asked) give(message(id))
    for (const _ of asked) ids.add(idOf(await client.receive()))
  }
  assert.equal(most(), 5)
  assert.ok(limited.length > 0 && limited.every((limit) => limit === 'in_flight'), limited.join())
})

test('when many queries wait in all, each connection may have one', async (t) => {
  const { handler, waiting, most } = manualHandler()
  const server = await startEcho({ handler, limits: { maxInFlightInAll: 4 } })
  t.after(() => server.close(0))
  const [first, second] = [await connectStream(server), await connectStream(server)]
  first.send(...Array.from({ length: 10 }, (_, id) => message(id)))
  await waitFor('four queries', () => waiting.size === 4)
  second.send(message(100), message(101))
  await waitFor('the query of the second', () => waiting.has(100))
  await sleep(50)
  assert.equal(waiting.has(101), false)
  assert.equal(most(), 5)
  for (const [id, give] of waiting) give(message(id))
  await waitFor('the next query of the second', () => waiting.has(101))
})

test('a client with many queries at once does not delay the others', async (t) => {
  const order: string[] = []
  const handler = ({ bytes }: { bytes: Uint8Array }) => {
    order.push((idOf(bytes) ?? 0) < 1_000 ? 'many' : 'one')
    return Promise.resolve(bytes)
  }
  const server = await startEcho({ handler, limits: { maxPerTurn: 10 } })
  t.after(() => server.close(0))
  const [many, one] = [await connectStream(server), await connectStream(server)]
  many.send(...Array.from({ length: 1_000 }, (_, id) => message(id)))
  one.send(message(1_000))
  assert.equal(idOf(await one.receive()), 1_000)
  assert.ok(order.indexOf('one') < 500, `after ${order.indexOf('one')} of the others`)
  for (let got = 0; got < 1_000; got++) assert.equal(idOf(await many.receive()), got)
})

test('the queries of a client that does not read its answers are not read', async (t) => {
  let answered = 0
  const large = new Uint8Array(60_000)
  const handler = () => {
    answered++
    return Promise.resolve(large)
  }
  const server = await startEcho({ handler, limits: { maxInFlight: 10 } })
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.socket.pause()
  const count = 5_000
  client.send(...Array.from({ length: count }, (_, id) => message(id)))
  let before = -1
  while (before !== answered) {
    before = answered
    await sleep(100)
  }
  assert.ok(answered < 500, `${answered} queries of 60,000 bytes each`)
  client.socket.resume()
  for (let got = 0; got < count; got++) assert.equal((await client.receive())?.length, large.length)
})

test('a client that reads nothing is disconnected after sendMs', async (t) => {
  const server = await startEcho({
    handler: () => Promise.resolve(new Uint8Array(60_000)),
    limits: { sendMs: 200, sweepMs: 20 },
  })
  t.after(() => server.close(0))
  const client = await connectStream(server)
  client.socket.pause()
  client.send(...Array.from({ length: 500 }, (_, id) => message(id)))
  await sleep(600)
  client.socket.resume()
  await client.closed
})

test('when too much is unread in all, the client that has read nothing for longest is disconnected', async (t) => {
  let disconnected = 0
  const server = await startEcho({
    handler: () => Promise.resolve(new Uint8Array(60_000)),
    limits: { maxUnsentBytes: 10_000_000, maxUnsentBytesInAll: 1_000_000 },
    meter: { ...createSilentMeter({ now: () => 0 }), disconnected: () => void disconnected++ },
  })
  t.after(() => server.close(0))
  const [first, second] = [await connectStream(server), await connectStream(server)]
  first.socket.pause()
  first.send(...Array.from({ length: 1_000 }, (_, id) => message(id)))
  await waitFor('the end of the first', () => disconnected === 1)
  second.send(message(1))
  assert.equal((await second.receive())?.length, 60_000)
  first.socket.destroy()
})

test('a message must arrive within messageMs; the time of each message counts alone', async (t) => {
  const server = await startEcho({ limits: { messageMs: 300, sweepMs: 20 } })
  t.after(() => server.close(0))
  const [slow, steady] = [await connectStream(server), await connectStream(server)]
  slow.socket.write(Uint8Array.of(0, 12, 1))
  const beganMs = performance.now()
  const bytes = [0, 12, ...message(1)]
  for (let index = 0; index < 6; index++) {
    // The end of a message and the beginning of the next one.
    steady.socket.write(
      Uint8Array.from(index === 0 ? bytes.slice(0, 7) : [...bytes.slice(7), ...bytes.slice(0, 7)]),
    )
    await sleep(100)
    if (index > 0) assert.equal(idOf(await steady.receive()), 1)
  }
  await slow.closed
  assert.ok(performance.now() - beganMs >= 290)
})

test('an idle connection is closed after idleMs; one with a query waits for the answer', async (t) => {
  const { handler, waiting } = manualHandler()
  const server = await startEcho({ handler, limits: { idleMs: 150, sweepMs: 20 } })
  t.after(() => server.close(0))
  const [idle, busy] = [await connectStream(server), await connectStream(server)]
  busy.send(message(1))
  assert.equal(await idle.receive(), undefined)
  await sleep(300)
  waiting.get(1)?.(message(1))
  assert.equal(idOf(await busy.receive()), 1)
  assert.equal(await busy.receive(), undefined)
})
