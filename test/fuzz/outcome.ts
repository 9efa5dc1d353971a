import assert from 'node:assert/strict'
import { type DecodedMessage, strictDecode } from '../../dns/message/strict-decode.case.ts'
import type { DohResponse } from '../../worker/http/request.ts'

/** A refusal: 4xx, no-store, and one line of text or JSON that does not reveal the code. */
export function assertRefusal({ status, headers, body }: DohResponse): void {
  assert.ok(status >= 400 && status < 500, `status ${status}: ${String(body).slice(0, 200)}`)
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(typeof body, 'string')
  assert.ok(!/\n.|^\s+at |\.ts:\d/.test(String(body)), `the body reveals the code: ${String(body)}`)
}

/** A DNS response over HTTP: 200, media type, a message that a strict reader accepts, QR=1. */
export function assertAnswer({ status, headers, body }: DohResponse): DecodedMessage {
  assert.equal(status, 200, String(body).slice(0, 200))
  assert.equal(headers['content-type'], 'application/dns-message')
  assert.match(headers['cache-control'] ?? '', /^(no-store|max-age=\d+)$/)
  assert.ok(body instanceof Uint8Array && body.length <= 65_535)
  const message = strictDecode(body)
  assert.ok(message.flags & 0x8000, 'QR is 0')
  return message
}

const rcodesWithQuestion = new Set([0, 2, 3, 5])

/** The response over HTTP to the bytes of a query. */
export function assertAnswerTo(query: string, response: DohResponse): void {
  assertAnswer(response)
  assertMessageTo(query, response.body as Uint8Array)
}

/**
 * The reply to the bytes of a query, over any transport: the same id, and the same question byte for byte. The question may
 * be missing only for a malformed query (FORMERR) or another opcode (NOTIMP).
 */
export function assertMessageTo(query: string, reply: Uint8Array): void {
  const message = strictDecode(reply)
  const bytes = Buffer.from(query, 'latin1')
  const rcode = message.flags & 0xf
  assert.ok(message.flags & 0x8000, 'QR is 0')
  assert.equal(message.id, bytes.readUInt16BE(0))
  assert.ok([0, 1, 2, 3, 4, 5].includes(rcode), `rcode ${rcode}`)
  assert.ok(message.questions.length <= 1)
  if (message.questions.length === 0) assert.ok(!rcodesWithQuestion.has(rcode), `rcode ${rcode}, no question`)
  for (const { name } of message.questions) {
    const length = name.length + 4
    const echoed = Buffer.from(reply).subarray(12, 12 + length)
    assert.deepEqual(echoed, bytes.subarray(12, 12 + length))
  }
}
