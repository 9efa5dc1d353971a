import assert from 'node:assert/strict'
import { test } from 'node:test'
import dnsPacket, { type Answer } from 'dns-packet'
import * as fc from 'fast-check'
import { TYPE } from '../code.ts'
import { readMessage } from '../message/read-message.ts'
import { typeText } from './mnemonic.ts'
import { rdataText } from './rdata-text.ts'
import { messageVectors, widerVectors, zoneVectors } from './rdata-vectors.case.ts'

function textOf(record: Answer): string {
  const bytes = dnsPacket.encode({ type: 'response', answers: [record] })
  const message = readMessage(bytes)
  assert.ok(!('broken' in message), JSON.stringify(message))
  const [first] = message.answers
  assert.ok(first)
  return rdataText(message.bytes, first)
}

test('each type is written as in a zone file', () => {
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
  assert.equal(textOf({ name, type: 'NULL', data: Buffer.from([1, 171]) }), '\\# 2 01AB')
})

test('data that is not valid for its type has the generic form', () => {
  const bytes = Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3)
  const message = readMessage(bytes)
  assert.ok(!('broken' in message))
  assert.equal(message.answers.map((record) => rdataText(bytes, record)).join(), '\\# 3 010203')
})

/** A message with one record of a type, its rdata in hex; → the rdata's text. */
function textOfHex(type: number, rdata: string): string {
  const data = Buffer.from(rdata.replaceAll(' ', ''), 'hex')
  const head = Buffer.from('000080000000000100000000', 'hex')
  const fixed = Buffer.alloc(11)
  fixed.writeUInt16BE(type, 1)
  fixed.writeUInt16BE(1, 3)
  fixed.writeUInt16BE(data.length, 9)
  const bytes = Buffer.concat([head, fixed, data])
  const message = readMessage(bytes)
  assert.ok(!('broken' in message), JSON.stringify(message))
  const [record] = message.answers
  assert.ok(record)
  return rdataText(bytes, record)
}

for (const [type, rdata, expected] of [...zoneVectors, ...widerVectors, ...messageVectors]) {
  test(`${typeText(type)}: ${expected}`, () => assert.equal(textOfHex(type, rdata), expected))
}

test('every type with a mnemonic has a test vector, except for OPT and query types', () => {
  const without = new Set<number>([TYPE.OPT, TYPE.IXFR, TYPE.AXFR, TYPE.ANY])
  const named = Array.from({ length: 0x1_0000 }, (_, type) => type).filter(
    (type) => !typeText(type).startsWith('TYPE') && !without.has(type),
  )
  const tested = new Set([...zoneVectors, ...messageVectors].map(([type]) => type))
  assert.ok(named.length > 40)
  assert.deepEqual(named.filter((type) => !tested.has(type)).map(typeText), [])
})

for (const [what, params] of [
  ['a key twice', '0003 0002 0035 0003 0002 0035'],
  ['descending keys', '0004 0004 c0000201 0003 0002 0035'],
  ['a value that overruns the rdata', '0003 0003 0035'],
  ['half a key', '0003 0002 0035 00'],
  ['a port of three bytes', '0003 0003 000035'],
  ['no address in ipv4hint', '0004 0000'],
  ['five bytes in ipv4hint', '0004 0005 c000020101'],
  ['an IPv4 address in ipv6hint', '0006 0004 c0000201'],
  ['an empty alpn', '0001 0000'],
  ['an empty protocol id', '0001 0004 02683200'],
  ['a protocol id that overruns alpn', '0001 0003 036832'],
  ['no-default-alpn with a value', '0002 0001 00'],
  ['an empty mandatory', '0000 0000'],
  ['mandatory in mandatory', '0000 0002 0000'],
  ['descending keys in mandatory', '0000 0004 0004 0001'],
  ['half a key in mandatory', '0000 0003 000100'],
  ['an empty ech', '0005 0000'],
] as const) {
  test(`SVCB: ${what} is printed in the generic form`, () => {
    const hex = `000100${params.replaceAll(' ', '')}`
    assert.equal(textOfHex(64, hex), `\\# ${hex.length / 2} ${hex.toUpperCase()}`)
  })
}

for (const [type, what, rdata] of [
  [29, 'a size whose digit is 10', '00 50 a0 13 8b0d2c8c 7ffc9ef0 009888a8'],
  [42, 'a prefix that overruns the rdata', '0001 15 04 c0a820'],
  [42, 'a prefix of 33 bits', '0001 21 00'],
  [42, 'five bytes of an IPv4 address', '0001 20 05 c000020101'],
  [42, 'a zero byte at the end of an address', '0001 20 04 c0a82000'],
  [42, 'an unknown address family', '0003 00 00'],
  [42, 'half a prefix', '0001'],
  [45, 'no gateway', '0a 01 02 c0'],
  [45, 'an unknown type of gateway', '0a 04 02 00'],
  [45, 'no algorithm', '0a 00'],
  [46, 'no signature', '0001'],
  [47, 'an empty bitmap', '00 0000'],
  [55, 'no host identity tag', '00 02 0003 010203'],
  [55, 'no key', '02 02 0000 aabb'],
  [55, 'a key that overruns the rdata', '02 02 0004 aabb 010203'],
  [55, 'a server that overruns the rdata', '02 02 0003 aabb 010203 0161'],
  [249, 'a key that overruns the rdata', '0161 00 12345678 12345679 0003 0000 0004 010203'],
  [250, 'a byte behind the last field', '0161 00 000012345678 012c 0000 1234 0000 0000 00'],
  [257, 'a tag with a dot', '00 02 692e 3b'],
] as const) {
  test(`${typeText(type)}: ${what} is printed in the generic form`, () => {
    const hex = rdata.replaceAll(' ', '').toUpperCase()
    assert.equal(textOfHex(type, rdata), `\\# ${hex.length / 2} ${hex}`)
  })
}

test('no bytes make the reader throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(260), (tail, type) => {
      const bytes = Uint8Array.of(0, 0, 0x80, 0, 0, 1, 0, 2, 0, 0, 0, 0, ...tail)
      const message = readMessage(bytes)
      if (!('broken' in message)) for (const record of message.answers) rdataText(bytes, { ...record, type })
    }),
  )
  assert.ok('broken' in readMessage(Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1)))
})
