import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'
import type { Connection, EdgeRequest, EdgeResponse } from './connection.ts'
import { createEdgeLink } from './link.ts'
import type { LinkLimits } from './link-limits.ts'

const request: EdgeRequest = { method: 'GET', path: '/', headers: {} }
const answer: EdgeResponse = { status: 200, mediaType: 'text/plain', bytes: new Uint8Array() }
const refusal = new Error('nothing listens there')

/** A connection whose requests the test answers. */
function scripted(nowMs: () => number) {
  const sent: PromiseWithResolvers<EdgeResponse>[] = []
  const ended = Promise.withResolvers<void>()
  const state = { isDead: false, probes: 0, heardMs: nowMs() }
  const end = (): void => {
    state.isDead = true
    ended.resolve()
  }
  const connection: Connection = {
    protocol: 'HTTP/2',
    address: '127.0.0.1',
    maxInFlight: () => 100,
    isDead: () => state.isDead,
    send() {
      const one = Promise.withResolvers<EdgeResponse>()
      sent.push(one)
      return one.promise
    },
    lastHeardMs: () => state.heardMs,
    probe: () => void state.probes++,
    close: end,
    destroy: end,
    ended: ended.promise,
  }
  return { connection, sent, state, end }
}

type Scripted = ReturnType<typeof scripted>

/** A link whose attempts to connect succeed while `world.isUp`. */
function setUp(t: TestContext, limits: Partial<LinkLimits> = {}) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const world = { nowMs: 1_000_000, isUp: true, attempts: 0 }
  const lines: Scripted[] = []
  const events: string[] = []
  const link = createEdgeLink({
    async dial() {
      world.attempts++
      if (!world.isUp) throw refusal
      const line = scripted(() => world.nowMs)
      lines.push(line)
      return line.connection
    },
    now: () => world.nowMs,
    onConnect: () => events.push('connected'),
    onAway: (reason) => events.push(reason),
    limits,
  })
  t.after(() => {
    link.close()
    mock.timers.reset()
  })
  const turn = async (): Promise<void> => {
    for (let step = 0; step < 20; step++) await Promise.resolve()
  }
  const pass = async (ms: number): Promise<void> => {
    for (let step = 0; step < ms; step += 10) {
      world.nowMs += 10
      mock.timers.tick(10)
      await turn()
    }
  }
  return { world, lines, events, link, turn, pass }
}

/** The code of the error of a promise, 'answered', or 'waiting'. */
async function stateOf(promise: Promise<EdgeResponse>): Promise<string> {
  return Promise.race([
    promise.then(
      () => 'answered',
      (error: { code: string }) => error.code,
    ),
    new Promise<string>((resolve) => setImmediate(() => resolve('waiting'))),
  ])
}

test('requests share one connection, at most maxStreams at once, and the rest wait in order', async (t) => {
  const { link, lines, turn, world } = setUp(t, { maxStreams: 2 })
  const answers = [1, 2, 3].map(() => link.request(request))
  await turn()
  assert.deepEqual([world.attempts, lines[0]?.sent.length], [1, 2])
  lines[0]?.sent[0]?.resolve(answer)
  await turn()
  assert.equal(lines[0]?.sent.length, 3)
  for (const one of lines[0]?.sent ?? []) one.resolve(answer)
  assert.deepEqual(await Promise.all(answers.map(stateOf)), ['answered', 'answered', 'answered'])
})

test('a request above maxWaiting fails at once', async (t) => {
  const { link, turn } = setUp(t, { maxStreams: 1, maxWaiting: 2 })
  const first = link.request(request)
  await turn()
  const others = [1, 2, 3].map(() => link.request(request))
  assert.deepEqual(await Promise.all([first, ...others].map(stateOf)), [
    'waiting',
    'waiting',
    'waiting',
    'EDGE_BUSY',
  ])
  for (const one of others) one.catch(() => {})
  first.catch(() => {})
})

test('a request is sent once more, on a new connection, and not a third time', async (t) => {
  const { link, lines, turn } = setUp(t)
  const asked = link.request(request)
  await turn()
  lines[0]?.sent[0]?.reject(new Error('reset'))
  await turn()
  assert.equal(lines.length, 2)
  assert.equal(await stateOf(asked), 'waiting')
  lines[1]?.sent[0]?.reject(new Error('reset'))
  await turn()
  assert.equal(await stateOf(asked), 'EDGE_UNREACHABLE')
})

test('a connection that is closing is not used for new requests', async (t) => {
  const { link, lines, turn } = setUp(t)
  const first = link.request(request)
  await turn()
  lines[0]?.end()
  const second = link.request(request)
  await turn()
  assert.equal(lines.length, 2)
  lines[0]?.sent[0]?.resolve(answer)
  lines[1]?.sent[0]?.resolve(answer)
  assert.deepEqual([await stateOf(first), await stateOf(second)], ['answered', 'answered'])
})

test('at the start of an outage requests wait for the edge to come back', async (t) => {
  const { link, lines, turn, pass, world, events } = setUp(t)
  world.isUp = false
  const asked = link.request(request)
  await pass(1_000)
  assert.ok(world.attempts > 3 && world.attempts < 10, `${world.attempts} attempts`)
  assert.ok(link.isAway())
  world.isUp = true
  await pass(1_000)
  lines[0]?.sent[0]?.resolve(answer)
  await turn()
  assert.equal(await stateOf(asked), 'answered')
  assert.deepEqual(events, [refusal.message, 'connected'])
  assert.equal(link.outage(), undefined)
})

test('in a longer outage requests fail at once, with few attempts, and the first one after it is answered', async (t) => {
  const { link, lines, turn, pass, world } = setUp(t)
  world.isUp = false
  const first = link.request(request)
  first.catch(() => {})
  await pass(5_000)
  assert.equal(await stateOf(first), 'EDGE_UNREACHABLE')
  const attempts = world.attempts
  for (let count = 0; count < 100; count++) {
    assert.equal(await stateOf(link.request(request)), 'EDGE_UNREACHABLE')
    await pass(10)
  }
  assert.ok(world.attempts <= attempts + 2)
  world.isUp = true
  await pass(1_000)
  const last = link.request(request)
  await turn()
  lines[0]?.sent[0]?.resolve(answer)
  assert.equal(await stateOf(last), 'answered')
})

test('a request without a response fails after its time, and the connection is checked', async (t) => {
  const { link, lines, turn, pass } = setUp(t)
  const asked = link.request(request)
  await turn()
  await pass(900)
  assert.equal(lines[0]?.state.probes, 0)
  await pass(400)
  assert.ok((lines[0]?.state.probes ?? 0) > 0)
  await pass(3_000)
  assert.equal(await stateOf(asked), 'EDGE_SILENT')
})

test('after a sleep the connection is checked by its first use', async (t) => {
  const { link, lines, turn, world } = setUp(t)
  const first = link.request(request)
  await turn()
  lines[0]?.sent[0]?.resolve(answer)
  await turn()
  assert.equal(await stateOf(first), 'answered')
  world.nowMs += 3_600_000
  const second = link.request(request)
  await turn()
  assert.equal(lines[0]?.state.probes, 1)
  // The PING is not answered: the connection ends, and with it the stream.
  lines[0]?.end()
  lines[0]?.sent[1]?.reject(new Error('no answer to a PING'))
  await turn()
  lines[1]?.sent[0]?.resolve(answer)
  assert.equal(await stateOf(second), 'answered')
})
