import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optRecord, queryBytes, u16s } from '../../dns/arbitrary.case.ts'
import { malformed } from '../../dns/message/malformed.case.ts'
import { strictDecode } from '../../dns/message/strict-decode.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { get, post } from '../../worker/edge.case.ts'
import { dnsMessage } from '../../worker/http/media-types.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { sampleObjects } from '../../worker/sample.case.ts'
import { dig } from '../dig.ts'

/* Malformed queries through the whole exchange, by GET and POST: 200 with FORMERR, or 400 if there is no DNS header. */

const { send } = await dig([{ objects: sampleObjects }])
const valid = queryBytes(nameFromText('Web.prod.svc.cluster.local'), {
  counts: [1, 0, 0, 1],
  tail: optRecord(u16s(12, 2, 0)),
})

function requests(bytes: Uint8Array): DohRequest[] {
  const text = Buffer.from(bytes).toString('base64url')
  return [get(`/dns-query?dns=${text}`), post('/dns-query', bytes, { 'content-type': dnsMessage })]
}

async function unreadable(bytes: Uint8Array): Promise<void> {
  for (const request of requests(bytes)) {
    const { status, headers, body } = await send(request)
    assert.equal(status, 400)
    assert.equal(headers['cache-control'], 'no-store')
    assert.match(String(body), /^.+\n$/)
  }
}

async function formError(bytes: Uint8Array, echoesQuestion: boolean): Promise<void> {
  const answers: DohResponse[] = []
  for (const request of requests(bytes)) answers.push(await send(request))
  for (const { status, headers, body } of answers) {
    assert.equal(status, 200)
    assert.equal(headers['content-type'], dnsMessage)
    assert.equal(headers['cache-control'], 'no-store')
    const answer = body as Uint8Array
    const { id, flags, questions, sections } = strictDecode(answer)
    assert.equal(id, Buffer.from(bytes).readUInt16BE())
    assert.equal(flags & 0xf80f, 0x8001, 'QR, opcode QUERY, FORMERR')
    // Neither records nor OPT, since nothing in a malformed message is used.
    assert.deepEqual(sections, [[], [], []])
    assert.equal(questions.length, echoesQuestion ? 1 : 0)
    assert.deepEqual(answer.subarray(12), bytes.subarray(12, answer.length))
  }
}

for (const [what, bytes, question] of malformed) {
  test(`FORMERR: ${what}`, () => formError(bytes, question === 'question'))
}

for (let length = 0; length < 12; length++) {
  test(`400: a header cut after ${length} bytes`, () => unreadable(valid.subarray(0, length)))
}

const endOfQuestion = 12 + nameFromText('Web.prod.svc.cluster.local').length + 4
for (let length = 12; length < valid.length; length++) {
  test(`FORMERR: a query cut after ${length} bytes`, () =>
    formError(valid.subarray(0, length), length >= endOfQuestion))
}

test('400: a response, also a malformed one', async () => {
  const name = nameFromText('web.prod.svc.cluster.local')
  await unreadable(queryBytes(name, { flags: 0x8180 }))
  await unreadable(queryBytes(name, { flags: 0x8180, counts: [0, 9, 0, 0] }))
})

test('the query before truncation is valid', async () => {
  for (const request of requests(valid)) {
    const { body } = await send(request)
    assert.equal(strictDecode(body as Uint8Array).flags & 0xf, 0)
  }
})
