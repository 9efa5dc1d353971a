import assert from 'node:assert/strict'
import { test } from 'node:test'
import dnsPacket, { type Answer } from 'dns-packet'
import * as fc from 'fast-check'
import { anyName } from '../dns/arbitrary.case.ts'
import type { Got } from './row.ts'
import { decoderRow } from './rows-decoder.ts'
import { compareDecoders } from './second-decoder.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'))

/** A reply for web.k. A with these records, each an owner in hex, a type and rdata in hex. */
function reply(...records: readonly (readonly [owner: string, type: number, rdata: string])[]): Uint8Array {
  const u16 = (value: number): string => value.toString(16).padStart(4, '0')
  const lines = records.map(([owner, type, rdata]) => {
    const data = rdata.replace(/\s/g, '')
    return `${owner} ${u16(type)} 0001 00000005 ${u16(data.length / 2)} ${data}`
  })
  return hex(`0000 8180 0001 ${u16(records.length)} 0000 0000 03776562 016b 00 0001 0001 ${lines.join('')}`)
}

const agreeing: readonly (readonly [type: number, rdata: string])[] = [
  [1, '0a000001'],
  [2, 'c00c'],
  [6, 'c00c c00c 00000001 00000002 00000003 00000004 00000005'],
  [13, '0161 0162'],
  [15, '000a c00c'],
  [16, '0161 00 03c3a97f'],
  [28, '20010db8000000000000000000000001'],
  [28, '00000000000000000000ffff01020304'],
  [33, '0000 0001 0050 0377656200'],
  [35, '0064 0032 0173 0161 00 00'],
  [43, 'ec45 05 02 abcd'],
  [46, '0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52 00 a0904c'],
  [48, '0100 03 05 010203'],
  [52, '03 01 01 abcd'],
  [64, '0001 00 0001 0003 026832'],
  [257, '00 05 6973737565 6361'],
  [65_280, 'c00cff'],
]

for (const [type, rdata] of agreeing) {
  test(`both decoders read type ${type} the same: ${rdata}`, () => {
    assert.equal(compareDecoders(reply(['c00c', type, rdata])), undefined)
  })
}

test('both decoders read what dns-packet encodes', () => {
  const answers: Answer[] = [
    { name: 'a.example', type: 'A', ttl: 2 ** 31 + 5, data: '192.0.2.1' },
    { name: '.', type: 'CNAME', data: 'b.example' },
  ]
  const additionals = [
    { name: '.', type: 'OPT', udpPayloadSize: 1232, options: [{ code: 10, data: Buffer.alloc(8) }] },
  ]
  const questions = [{ name: 'A.example', type: 'A' as const }]
  const bytes = dnsPacket.encode({
    type: 'response',
    id: 7,
    questions,
    answers,
    additionals: additionals as Answer[],
  })
  assert.equal(compareDecoders(bytes), undefined)
})

/** A name in hex. */
const nameHex = (name: string): string => Buffer.from(name, 'latin1').toString('hex')

test('property: both decoders read any owners, names, TXT and unknown types the same', () => {
  const anyOwner = fc.oneof(fc.constant('c00c'), anyName.map(nameHex))
  const anyBytes = (maxLength: number): fc.Arbitrary<string> =>
    fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('hex'))
  const anyText = anyBytes(255).map((text) => (text.length / 2).toString(16).padStart(2, '0') + text)
  const anyRecord = fc.oneof(
    fc.tuple(anyOwner, fc.constantFrom(2, 5, 12, 39), anyOwner),
    fc.tuple(
      anyOwner,
      fc.constant(33),
      anyOwner.map((name) => `000100020003${name}`),
    ),
    fc.tuple(
      anyOwner,
      fc.constant(16),
      fc.array(anyText, { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
    ),
    fc.tuple(anyOwner, fc.constantFrom(64, 65, 99, 65_280), anyBytes(300)),
  )
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 6 }), (records) => {
      assert.equal(compareDecoders(reply(...records)), undefined)
    }),
  )
})

const disagreeing: readonly (readonly [what: string, bytes: Uint8Array, difference: RegExp])[] = [
  [
    'an owner that points into the header',
    reply(['c004', 1, '0a000001']),
    /^dns-packet reads a message that kubedoh calls broken: a pointer/,
  ],
  [
    'a name shorter than its rdata',
    reply(['c00c', 2, 'c00c 00']),
    /answer record 1: "\\# 3 C00C00", dns-packet reads "web\.k\."/,
  ],
  [
    'a DNSKEY of another protocol',
    reply(['c00c', 48, '0100 02 05 01']),
    /^dns-packet cannot read the message: Protocol/,
  ],
]

for (const [what, bytes, expected] of disagreeing) {
  test(`the decoders disagree about ${what}, and the row fails`, () => {
    assert.match(compareDecoders(bytes) ?? '', expected)
    const got = (message: Uint8Array): Got => ({
      status: 200,
      headers: { 'content-type': 'application/dns-message' },
      bytes: message,
      httpVersion: '2',
    })
    const judge = (...received: readonly Got[]): unknown =>
      decoderRow.judge([], { isTls: true, name: undefined, known: undefined, received })
    assert.equal(judge(got(reply(['c00c', 1, '0a000001']))), undefined)
    assert.match(String(judge(got(reply()), got(bytes))), /the message in base64: AACB/)
  })
}

test('a message that neither decoder reads is not a difference', () => {
  assert.equal(compareDecoders(hex('0000')), undefined)
  assert.equal(compareDecoders(new Uint8Array([...reply(), 0xff])), undefined)
})
