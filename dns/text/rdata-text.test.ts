import assert from 'node:assert/strict'
import { test } from 'node:test'
import dnsPacket, { type Answer } from 'dns-packet'
import * as fc from 'fast-check'
import { readMessage } from '../message/read-message.ts'
import { rdataText } from './rdata-text.ts'

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

const fooExampleCom = '03666f6f 076578616d706c65 03636f6d 00'
const fooExampleOrg = '03666f6f 076578616d706c65 036f7267 00'
const zeros = (count: number): string => '00'.repeat(count)

// The vectors of RFC 9460, Appendix D, in the spelling that dig prints.
for (const [rdata, expected] of [
  [`0000 ${fooExampleCom}`, '0 foo.example.com.'],
  ['0001 00', '1 .'],
  [`0010 ${fooExampleCom} 0003 0002 0035`, '16 foo.example.com. port=53'],
  [`0001 ${fooExampleCom} 029b 0005 68656c6c6f`, '1 foo.example.com. key667="hello"'],
  [`0001 ${fooExampleCom} 029b 0009 68656c6c6fd2716f6f`, '1 foo.example.com. key667="hello\\210qoo"'],
  [
    `0001 ${fooExampleCom} 0006 0020 20010db8${zeros(11)}01 20010db8${zeros(8)}00530001`,
    '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
  ],
  [
    `0010 ${fooExampleOrg} 0000 0004 0001 0004 0001 0009 026832 0568332d3139 0004 0004 c0000201`,
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    `0010 ${fooExampleOrg} 0001 000c 08665c6f6f2c626172 026832`,
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
  ],
  [
    '0001 00 0001 0003 026832 0002 0000 0005 0003 abcdef 0007 0010 2f646e732d71756572797b3f646e737d 0008 0000',
    '1 . alpn="h2" no-default-alpn ech=q83v dohpath="/dns-query{?dns}" ohttp',
  ],
  ['0001 00 0009 0000 ffff 0001 22', '1 . key9 key65535="\\""'],
] as const) {
  test(`SVCB and HTTPS: ${expected}`, () => {
    assert.equal(textOfHex(64, rdata), expected)
    assert.equal(textOfHex(65, rdata), expected)
  })
}

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
    assert.equal(textOfHex(64, hex), `\\# ${hex.length / 2} ${hex}`)
  })
}

for (const [type, rdata, expected] of [
  [29, '00 12 16 13 8b0d2c8c 7ffc9ef0 009888a8', '51 30 12.748 N 0 3 41.456 W -35.44m 1m 10000m 10m'],
  [29, '00 50 a0 13 8b0d2c8c 7ffc9ef0 009888a8', '\\# 16 0050a0138b0d2c8c7ffc9ef0009888a8'],
  // RFC 3403 §6.2
  [35, '0064 0032 01 73 06 7a333935302b 00 00', '100 50 "s" "z3950+" "" .'],
  [17, `${fooExampleCom} 00`, 'foo.example.com. .'],
  [37, '0001 0002 08 abcd', '1 2 8 q80='],
  // RFC 4034 §5.4
  [
    43,
    'ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118',
    '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
  ],
  [44, '02 01 123456789abcdef67890123456789abcdef67890', '2 1 123456789ABCDEF67890123456789ABCDEF67890'],
  [48, '0100 03 05 010203', '256 3 5 AQID'],
  // RFC 4034 §3.3, its signature cut
  [
    46,
    '0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52 076578616d706c65 03636f6d 00 a0904c',
    'A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJBM',
  ],
  // RFC 4034 §4.3
  [
    47,
    `04686f7374 076578616d706c65 03636f6d 00 0006 400100000003 041b ${zeros(26)}20`,
    'host.example.com. A MX RRSIG NSEC TYPE1234',
  ],
  [47, '00', '.'],
  // RFC 5155 Appendix A
  [
    50,
    '01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 22010000000290',
    '1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM',
  ],
  [51, '01 00 0000 00', '1 0 0 -'],
  [52, '03 01 01 abcd', '3 1 1 ABCD'],
  [256, '000a 0001 6674703a2f2f6674702e6578616d706c652f', '10 1 "ftp://ftp.example/"'],
  [257, '00 05 6973737565 3b', '0 issue ";"'],
  [257, '00 05 6973737565', '0 issue ""'],
  [257, '00 02 692e 3b', '\\# 5 0002692e3b'],
  [47, '00 0000', '\\# 3 000000'],
  [46, '0001', '\\# 2 0001'],
] as const) {
  test(`type ${type}: ${expected}`, () => assert.equal(textOfHex(type, rdata), expected))
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
