import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryMessage } from '../query-message.ts'
import { createAnswerReader } from './read-answer.ts'

const query = queryMessage({ name: 'Web.k', type: 'A', edns: false, id: 0x1234 })

/** The query as its own reply, changed by `change`. */
function reply(change: (bytes: Uint8Array) => void = () => {}): Uint8Array {
  const bytes = query.slice()
  bytes[2] = 0x81
  change(bytes)
  return bytes
}

test('a reply with the ID and the question of the query is the answer, whatever the case of its letters', () => {
  const answer = createAnswerReader(query, 'server:53').read(
    reply((bytes) => {
      bytes[13] = 'w'.charCodeAt(0)
    }),
  )
  assert.equal(answer?.id, 0x1234)
})

test('FORMERR and NOTIMP are answers without the question, NOERROR is not', () => {
  const header = (rcode: number): Uint8Array => Uint8Array.of(0x12, 0x34, 0x80, rcode, 0, 0, 0, 0, 0, 0, 0, 0)
  const { read, lastFault } = createAnswerReader(query, 'server:53')
  assert.equal(read(header(1))?.flags, 0x8001)
  assert.equal(read(header(4))?.flags, 0x8004)
  assert.equal(read(header(0)), undefined)
  assert.equal(lastFault(), 'another question')
})

for (const [fault, bytes] of [
  ['another ID', reply((one) => (one[1] = 0x35))],
  ['not a reply', query],
  ['another opcode', reply((one) => (one[2] = 0xa1))],
  ['another question', reply((one) => (one[14] = 'x'.charCodeAt(0)))],
  ['another question', reply((one) => (one[one.length - 3] = 28))],
  ['not a DNS message: a message of 3 bytes has no whole header', new Uint8Array(3)],
] as const) {
  test(`ignored: ${fault} (${Buffer.from(bytes).toString('hex')})`, () => {
    const { read, lastFault } = createAnswerReader(query, 'server:53')
    assert.equal(read(bytes), undefined)
    assert.equal(lastFault(), fault)
  })
}

test('the reader gives up after 100 messages that are not the answer', () => {
  const { read } = createAnswerReader(query, 'server:53')
  for (let count = 0; count < 100; count++) assert.equal(read(query), undefined)
  assert.throws(() => read(query), {
    code: 'ANSWER_INVALID',
    message: /^server:53 sent 101 messages .*not a reply/,
  })
})
