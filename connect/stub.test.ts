import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optRecord, queryBytes } from '../dns/arbitrary.case.ts'
import { RCODE } from '../dns/code.ts'
import { strictDecode } from '../dns/message/strict-decode.case.ts'
import { nameFromText } from '../dns/name.ts'
import { addressRecords, clientQuery, edgeReply } from './cache/answer.case.ts'
import { createAnswerCache } from './cache/answer-cache.ts'
import { LinkError } from './edge/link-error.ts'
import { createEdgeAnswers } from './edge-answers.ts'
import { createPlaces } from './place.ts'
import { createStub, type StubAnswer, type StubParts } from './stub.ts'
import { createStubCounts } from './stub-counts.ts'

const web = 'web.prod.svc.cluster.local'
const places = createPlaces({ zones: [{ name: 'cluster.local' }], reverse: ['10.96.0.0/12'] })

/** A stub in front of an edge with one name, `web`, of `addresses` addresses. */
function setUp(changes: Partial<StubParts> = {}, addresses = 2) {
  const cache = createAnswerCache()
  const counts = createStubCounts()
  const world = { nowMs: 0, failure: undefined as Error | undefined, asked: 0 }
  const askEdge = async (query: Uint8Array): Promise<Uint8Array> => {
    world.asked++
    if (world.failure) throw world.failure
    return edgeReply(query, { answers: [addressRecords(web, addresses)] })
  }
  const now = (): number => world.nowMs
  const lull = (then: () => void): void => then()
  const edgeAnswers = createEdgeAnswers({ cache, askEdge, isAway: () => false, counts, lull, now })
  const own = (): undefined => undefined
  const stub = createStub({
    ...{ cache, edgeAnswers, placeOf: places, own, counts, now, random: () => 0 },
    ...changes,
  })
  const handle = (bytes: Uint8Array, maxBytes = 1_232): StubAnswer | Promise<StubAnswer> =>
    stub({ bytes, transport: 'udp', peer: '127.0.0.1', maxBytes })
  const ask = async (bytes: Uint8Array, maxBytes?: number) => {
    const message = strictDecode((await handle(bytes, maxBytes)) ?? assert.fail('no answer'))
    return {
      rcode: message.flags & 0xf,
      isCut: (message.flags & 0x0200) !== 0,
      answers: message.sections[0],
      message,
    }
  }
  return { world, counts, handle, ask }
}

test('the first answer is of the edge, and the next ones are of the cache until the TTL is over', async () => {
  const { world, counts, handle, ask } = setUp()
  assert.equal((await ask(clientQuery(web))).answers.length, 2)
  assert.ok(handle(clientQuery(web.toUpperCase(), { edns: false })) instanceof Uint8Array)
  world.nowMs = 4_999
  assert.ok(handle(clientQuery(web)) instanceof Uint8Array)
  world.nowMs = 5_000
  assert.ok(handle(clientQuery(web)) instanceof Promise)
  assert.deepEqual([world.asked, counts.queries, counts.cached], [2, 4, 2])
})

test('an answer has as many of the records as the client takes, and TC, and the cache has all of them', async () => {
  const { ask, world } = setUp({}, 300)
  const small = await ask(clientQuery(web, { edns: false }), 512)
  assert.ok(small.isCut && small.answers.length > 20 && small.answers.length < 32)
  const whole = await ask(clientQuery(web), 65_535)
  assert.deepEqual([whole.isCut, whole.answers.length, world.asked], [false, 300, 1])
})

test('messages that are not queries get nothing; unusual queries an error, or their answer', async () => {
  const { handle, ask } = setUp()
  assert.equal(handle(new Uint8Array(11)), undefined)
  assert.equal(handle(clientQuery(web, { flags: 0x8180 })), undefined)
  const name = nameFromText(web)
  const cases: readonly (readonly [Uint8Array, number])[] = [
    [queryBytes(name, { counts: [0, 0, 0, 0] }), RCODE.FORMERR],
    [queryBytes(name, { counts: [2, 0, 0, 0] }), RCODE.FORMERR],
    [queryBytes(name, { flags: 0x2000 }), RCODE.NOTIMP],
    [new Uint8Array(5_000).fill(0, 12).map((byte, at) => (at === 5 ? 1 : byte)), RCODE.FORMERR],
    // EDNS version 1: BADVERS is 16, of which 0 is in the header.
    [queryBytes(name, { counts: [1, 0, 0, 1], tail: optRecord('', [1, 0]) }), 0],
    [queryBytes(name, { class: 4 }), RCODE.REFUSED],
    // A record that a query does not need.
    [queryBytes(name, { counts: [1, 1, 0, 0], tail: `\0\0\x10\0\x01\0\0\0\0\0\0` }), RCODE.NOERROR],
  ]
  for (const [query, rcode] of cases) assert.equal((await ask(query)).rcode, rcode)
})

test('names outside the zones are refused, or given to the other resolvers', async () => {
  const { ask } = setUp()
  assert.equal((await ask(clientQuery('www.example.com'))).rcode, RCODE.REFUSED)
  const answered = Uint8Array.of(1)
  const { handle, world } = setUp({ outside: async () => answered })
  assert.equal(await handle(clientQuery('www.example.com')), answered)
  assert.equal(world.asked, 0)
})

test('without zones every name is SERVFAIL', async () => {
  const { ask } = setUp({ placeOf: () => undefined })
  assert.equal((await ask(clientQuery(web))).rcode, RCODE.SERVFAIL)
})

test('no failure of the edge is NXDOMAIN, and only a refused caller is REFUSED', async () => {
  const { ask, world } = setUp()
  const codes = [
    ...(['EDGE_UNREACHABLE', 'EDGE_SILENT', 'EDGE_BUSY', 'EDGE_LIMITED'] as const),
    ...(['EDGE_NOT_READY', 'EDGE_STATUS', 'EDGE_ANSWER', 'EDGE_REFUSED'] as const),
  ]
  for (const code of codes) {
    world.failure = new LinkError(code, 'a reason')
    const { rcode, message } = await ask(clientQuery(web))
    assert.equal(rcode, code === 'EDGE_REFUSED' ? RCODE.REFUSED : RCODE.SERVFAIL, code)
    assert.match(String(message.sections[2][0]?.rdata[1]), /a reason/)
  }
})
