import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { EDE, RCODE } from '../../dns/code.ts'
import { type DecodedMessage, strictDecode } from '../../dns/message/strict-decode.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { addressRecords, clientQuery, kept, soaRecord } from './answer.case.ts'
import { clientAnswer, type Use } from './client-answer.ts'
import type { KeptAnswer } from './kept-answer.ts'
import { readPlainQuestion } from './plain-question.ts'

const web = 'web.prod.svc.cluster.local'

function answerTo(
  query: Uint8Array,
  answer: KeptAnswer,
  use: Partial<Use> = {},
): { bytes: Uint8Array; message: DecodedMessage } {
  const question = readPlainQuestion(query) ?? assert.fail()
  const bytes = clientAnswer(answer, {
    query,
    question,
    maxBytes: 1_232,
    nowMs: 0,
    isStale: false,
    random: () => 0,
    ...use,
  })
  return { bytes: bytes.slice(), message: strictDecode(bytes.slice()) }
}

/** The data of OPT: code and text of the extended error. */
function errorOf({ sections }: DecodedMessage): readonly unknown[] | undefined {
  return sections[2].find(({ type }) => type === 41)?.rdata
}

test('id, RD, CD and spelling are those of the query, and AA is clear', () => {
  const answer = kept(clientQuery(web), { answers: [addressRecords(web, 2)] })
  for (const flags of [0x0000, 0x0100, 0x0110]) {
    const { message } = answerTo(clientQuery('WEB.prod.svc.Cluster.local', { id: 9, flags }), answer)
    assert.equal(message.id, 9)
    assert.equal(message.flags, 0x8080 | flags)
    assert.equal(message.questions[0]?.name, nameFromText('WEB.prod.svc.Cluster.local'))
    assert.deepEqual(
      message.sections[0].map(({ owner }) => owner),
      [nameFromText('WEB.prod.svc.Cluster.local'), nameFromText('WEB.prod.svc.Cluster.local')],
    )
  }
})

test('OPT comes back where it was sent', () => {
  const answer = kept(clientQuery(web), { answers: [addressRecords(web, 1)] })
  assert.equal(answerTo(clientQuery(web), answer).message.sections[2].length, 1)
  assert.equal(answerTo(clientQuery(web, { edns: false }), answer).message.sections[2].length, 0)
})

test('TTLs are counted down, whatever the order of the uses', () => {
  const answer = kept(clientQuery(web), { answers: [addressRecords(web, 2, 30)] }, 1_000)
  const ttlsAt = (nowMs: number): number[] =>
    answerTo(clientQuery(web), answer, { nowMs }).message.sections[0].map(({ ttl }) => ttl)
  assert.deepEqual(ttlsAt(1_000), [30, 30])
  assert.deepEqual(ttlsAt(11_999), [20, 20])
  assert.deepEqual(ttlsAt(3_000), [28, 28])
  const stale = answerTo(clientQuery(web), answer, { nowMs: 99_000, isStale: true })
  assert.deepEqual(
    stale.message.sections[0].map(({ ttl }) => ttl),
    [30, 30],
  )
  assert.deepEqual(ttlsAt(4_000), [27, 27])
})

test('a stale answer has EDE 3, and a TTL of at most 30 s', () => {
  const answer = kept(clientQuery(web), { answers: [addressRecords(web, 1, 300)] })
  const { message } = answerTo(clientQuery(web), answer, { nowMs: 400_000, isStale: true })
  assert.equal(message.sections[0][0]?.ttl, 30)
  assert.match(String(errorOf(message)?.[1]), /the edge cannot be reached/)
})

test("the edge's extended error is passed on", () => {
  const error = { code: EDE.STALE_ANSWER, text: 'old' }
  const answer = kept(clientQuery(web), { answers: [addressRecords(web, 1)], error })
  assert.deepEqual(errorOf(answerTo(clientQuery(web), answer).message), [15, '\0\x03old'])
  assert.equal(errorOf(answerTo(clientQuery(web, { edns: false }), answer).message), undefined)
})

test('every address comes first in turn', () => {
  const answer = kept(clientQuery(web), { answers: [addressRecords(web, 3)] })
  const firsts = new Set<string>()
  for (const drawn of [0.1, 0.4, 0.9, 0.4, 0.9, 0.4])
    firsts.add(
      String(answerTo(clientQuery(web), answer, { random: () => drawn }).message.sections[0][0]?.rdata[0]),
    )
  assert.equal(firsts.size, 3)
})

test('a message of any size has whole records, and TC exactly if some of the answer are missing', () => {
  const additional = [addressRecords('a.web.prod.svc.cluster.local', 3)]
  const answers = [addressRecords(web, 40)]
  const error = { code: EDE.STALE_ANSWER, text: 'old' }
  const whole = kept(clientQuery(web), { answers, authority: [soaRecord()], additional, error })
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 1_300 }), fc.boolean(), (maxBytes, edns) => {
      const { bytes, message } = answerTo(clientQuery(web, { edns }), whole, { maxBytes })
      assert.ok(bytes.length <= maxBytes)
      const [answer] = message.sections
      assert.equal((message.flags & 0x0200) !== 0, answer.length < 40)
      assert.deepEqual(errorOf(message), edns ? [15, '\0\x03old'] : undefined)
      assert.ok(answer.length === 40 || bytes.length > maxBytes - 16)
    }),
    { numRuns: 500 },
  )
})

test('NXDOMAIN keeps its SOA', () => {
  const nothing = kept(clientQuery('no.prod.svc.cluster.local'), {
    rcode: RCODE.NXDOMAIN,
    authority: [soaRecord()],
  })
  const { message } = answerTo(clientQuery('no.prod.svc.cluster.local'), nothing)
  assert.equal(message.flags & 0xf, RCODE.NXDOMAIN)
  assert.equal(message.sections[1].length, 1)
})
