import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RCODE } from '../../dns/code.ts'
import { headerBytes } from '../../dns/limits.ts'
import { addressRecords, clientQuery, edgeReply, kept, soaRecord } from './answer.case.ts'
import { isFresh, isUsableWhenStale, keptAnswer, maxStaleMs } from './kept-answer.ts'
import { questionKey, readPlainQuestion } from './plain-question.ts'

const web = 'web.prod.svc.cluster.local'
const query = clientQuery(web)
const keyOf = (bytes: Uint8Array): Uint8Array =>
  questionKey(bytes, readPlainQuestion(bytes)?.end ?? headerBytes)

test('the lifetime is the smallest TTL, that of a negative answer, or a second for a failure', () => {
  const lifetimes = [
    { answers: [addressRecords(web, 2, 30), addressRecords('b.cluster.local', 1, 7)] },
    { rcode: RCODE.NXDOMAIN, authority: [soaRecord(30, 5)] },
    { authority: [soaRecord(4, 5)] },
    { rcode: RCODE.SERVFAIL },
    { answers: [addressRecords(web, 1, 0)] },
    { answers: [addressRecords(web, 1, 1_000_000)] },
    { answers: [addressRecords(web, 1, 9)], additional: [addressRecords('c.cluster.local', 1, 2)] },
  ].map((parts) => kept(query, parts).lifetimeMs)
  assert.deepEqual(lifetimes, [7_000, 5_000, 4_000, 1_000, 0, 3_600_000, 9_000])
})

test('an answer in a part of a larger Buffer is copied out of it', () => {
  const reply = edgeReply(query, { answers: [addressRecords(web, 1, 5)] })
  const answer = keptAnswer(
    Buffer.concat([reply, Buffer.alloc(60_000)]).subarray(0, reply.length),
    keyOf(query),
    0,
  )
  assert.ok(typeof answer !== 'string' && answer.body.buffer.byteLength <= reply.length)
})

test('an answer is fresh for its lifetime, by a clock that may be set back', () => {
  const answer = kept(query, { answers: [addressRecords(web, 1, 5)] }, 100_000)
  assert.deepEqual(
    [99_999, 100_000, 104_999, 105_000].map((nowMs) => isFresh(answer, nowMs)),
    [false, true, true, false],
  )
})

test('an old answer is usable for an hour if it is not NXDOMAIN or a failure', () => {
  const answer = kept(query, { answers: [addressRecords(web, 1, 5)] })
  assert.deepEqual(
    [5_000, 5_000 + maxStaleMs - 1, 5_000 + maxStaleMs].map((nowMs) => isUsableWhenStale(answer, nowMs)),
    [true, true, false],
  )
  for (const rcode of [RCODE.NXDOMAIN, RCODE.SERVFAIL, RCODE.REFUSED])
    assert.equal(isUsableWhenStale(kept(query, { rcode, authority: [soaRecord()] }), 6_000), false)
})

function reasonOf(message: Uint8Array): string {
  const answer = keptAnswer(message, keyOf(query), 0)
  return typeof answer === 'string' ? answer : 'it is kept'
}

test('a message that does not answer the question is not kept, and the reason is given', () => {
  const reply = edgeReply(query)
  const changed = (at: number, byte: number): Uint8Array =>
    reply.map((each, index) => (index === at ? byte : each))
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [reply.subarray(0, 20), /a (name|label|question)/],
    [changed(2, 0x01), /not a reply/],
    [changed(2, 0xa1), /not a reply/],
    [changed(14, 0x41), /another question/],
    [edgeReply(clientQuery(web, { type: 28 })), /another question/],
  ]
  for (const [message, reason] of cases) assert.match(reasonOf(message), reason)
})
