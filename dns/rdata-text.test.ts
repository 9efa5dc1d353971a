import assert from 'node:assert/strict'
import { test } from 'node:test'
import dnsPacket, { type Answer } from 'dns-packet'
import * as fc from 'fast-check'
import { rdataText } from './rdata-text.ts'
import { readMessage } from './read-message.ts'

function textOf(record: Answer): string {
  const bytes = dnsPacket.encode({ type: 'response', answers: [record] })
  const message = readMessage(bytes)
  assert.ok(!('broken' in message), JSON.stringify(message))
  const [first] = message.answers
  assert.ok(first)
  return rdataText(message.bytes, first)
}

test('each type is written as a zone file has it', () => {
  const name = 'a.example'
  assert.equal(textOf({ name, type: 'A', data: '192.0.2.1' }), '192.0.2.1')
  assert.equal(textOf({ name, type: 'AAAA', data: '2001:db8::1' }), '2001:db8::1')
  assert.equal(textOf({ name, type: 'CNAME', data: 'b.a.example' }), 'b.a.example.')
  assert.equal(textOf({ name, type: 'MX', data: { preference: 10, exchange: name } }), '10 a.example.')
  assert.equal(
    textOf({ name, type: 'SRV', data: { priority: 1, weight: 2, port: 3, target: 't.example' } }),
    '1 2 3 t.example.',
  )
  assert.equal(
    textOf({ name, type: 'TXT', data: ['a "b"', Buffer.from([0, 92, 255])] }),
    '"a \\"b\\"" "\\000\\\\\\255"',
  )
  assert.equal(
    textOf({ name, type: 'CAA', data: { flags: 128, tag: 'issue', value: 'x;y' } }),
    '128 issue "x;y"',
  )
  assert.equal(textOf({ name, type: 'NULL', data: Buffer.from([1, 171]) }), '\\# 2 01ab')
})

test('data that is not what its type says has the generic form', () => {
  const bytes = Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3)
  const message = readMessage(bytes)
  assert.ok(!('broken' in message))
  assert.equal(message.answers.map((record) => rdataText(bytes, record)).join(), '\\# 3 010203')
})

test('no bytes make the reader throw or hang', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 200 }), (tail) => {
      const bytes = Uint8Array.of(0, 0, 0x80, 0, 0, 1, 0, 2, 0, 0, 0, 0, ...tail)
      const message = readMessage(bytes)
      if (!('broken' in message)) for (const record of message.answers) rdataText(bytes, record)
    }),
  )
  assert.ok('broken' in readMessage(Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1)))
})
