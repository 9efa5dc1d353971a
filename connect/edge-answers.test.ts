import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'
import { RCODE } from '../dns/code.ts'
import {
  addressRecords,
  clientQuery,
  type EdgeReplyParts,
  edgeReply,
  soaRecord,
} from './cache/answer.case.ts'
import { createAnswerCache } from './cache/answer-cache.ts'
import { readPlainQuestion } from './cache/plain-question.ts'
import { LinkError } from './edge/link-error.ts'
import { createEdgeAnswers, type FoundAnswer } from './edge-answers.ts'
import { createStubCounts } from './stub-counts.ts'

const web = 'web.prod.svc.cluster.local'
const oneAddress: EdgeReplyParts = { answers: [addressRecords(web, 1, 5)] }
const unreachable = new LinkError('EDGE_UNREACHABLE', 'nothing listens there')

/** Answers of an edge that the test decides, at a time that the test decides. */
function setUp(t: TestContext) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const world: { nowMs: number; isAway: boolean; reply: (query: Uint8Array) => Promise<Uint8Array> } = {
    nowMs: 0,
    isAway: false,
    reply: async (query) => edgeReply(query, oneAddress),
  }
  const asked: Uint8Array[] = []
  const answers = createEdgeAnswers({
    cache: createAnswerCache(),
    askEdge(query) {
      asked.push(query)
      return world.reply(query)
    },
    isAway: () => world.isAway,
    counts: createStubCounts(),
    lull: (then) => then(),
    now: () => world.nowMs,
  })
  const find = (name: string, id = 1): Promise<FoundAnswer> => {
    const query = clientQuery(name, { id })
    return answers.find(query, readPlainQuestion(query) ?? assert.fail(), name.toLowerCase())
  }
  return { world, asked, find }
}

test('equal questions that wait are asked once, in lower case, with OPT and with id 0', async (t) => {
  const { asked, find } = setUp(t)
  const [one, two] = await Promise.all([
    find(web, 1),
    find(web.toUpperCase(), 2),
    find('other.cluster.local'),
  ])
  assert.equal(one.kept, two.kept)
  assert.deepEqual(asked[0], clientQuery(web, { id: 0 }))
  assert.equal(asked.length, 2)
})

test('an old answer is used while the edge is away, and the edge is asked nevertheless', async (t) => {
  const { world, asked, find } = setUp(t)
  await find(web)
  world.nowMs = 6_000
  world.isAway = true
  world.reply = () => new Promise(() => {})
  assert.equal((await find(web)).isStale, true)
  assert.equal(asked.length, 2)
})

test('an old answer is used if the edge fails, and when it is slow', async (t) => {
  const { world, find } = setUp(t)
  await find(web)
  world.nowMs = 6_000
  world.reply = () => Promise.reject(unreachable)
  assert.equal((await find(web)).isStale, true)
  const late = Promise.withResolvers<Uint8Array>()
  world.reply = () => late.promise
  const waiting = find(web)
  world.nowMs += 500
  mock.timers.tick(500)
  assert.equal((await waiting).isStale, true)
  // Further clients do not wait at all.
  assert.equal((await find(web)).isStale, true)
  late.resolve(edgeReply(clientQuery(web), oneAddress))
})

test('an old answer is used in the place of SERVFAIL, and kept', async (t) => {
  const { world, find } = setUp(t)
  await find(web)
  world.nowMs = 6_000
  world.reply = async (query) => edgeReply(query, { rcode: RCODE.SERVFAIL })
  for (const nowMs of [6_000, 20_000]) {
    world.nowMs = nowMs
    const { kept, isStale } = await find(web)
    assert.deepEqual([kept.rcode, isStale], [RCODE.NOERROR, true])
  }
})

test('an old answer is not used if the edge refuses the caller, nor after an hour, nor is an old NXDOMAIN', async (t) => {
  const { world, find } = setUp(t)
  await find(web)
  world.nowMs = 6_000
  const refused = new LinkError('EDGE_REFUSED', 'the token is not valid')
  world.reply = () => Promise.reject(refused)
  await assert.rejects(find(web), refused)
  world.nowMs = 3_700_000
  world.reply = () => Promise.reject(unreachable)
  await assert.rejects(find(web), unreachable)
  world.reply = async (query) => edgeReply(query, { rcode: RCODE.NXDOMAIN, authority: [soaRecord()] })
  assert.equal((await find('no.cluster.local')).kept.rcode, RCODE.NXDOMAIN)
  world.nowMs += 60_000
  world.reply = () => Promise.reject(unreachable)
  await assert.rejects(find('no.cluster.local'), unreachable)
})

test('a message that answers another question is an error', async (t) => {
  const { world, find } = setUp(t)
  world.reply = async () => edgeReply(clientQuery('other.cluster.local'))
  await assert.rejects(find(web), { code: 'EDGE_ANSWER' })
})
