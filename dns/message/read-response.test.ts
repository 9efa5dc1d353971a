import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyName, latin1, optRecord, queryBytes, u16s } from '../arbitrary.case.ts'
import { CLASS, RCODE } from '../code.ts'
import { fold, nameFromText } from '../name.ts'
import type { Rrset } from '../record.ts'
import type { Head, Question } from './read-query.ts'
import { type Response, readResponse } from './read-response.ts'
import { writeReply } from './write-reply.ts'

const asked = nameFromText('www.example.com')
const question: Question = { asked, type: 1, class: CLASS.IN }
const pointer = '\xc0\x0c'
const hour = u16s(0, 3600)

/** Records of a section, each owner as given. */
function record(owner: string, type: number, rdata: string, ttl = hour, inClass = 1): string {
  return owner + u16s(type, inClass) + ttl + u16s(rdata.length) + rdata
}

function message(records: readonly [string[], string[], string[]], flags = 0x8180): Uint8Array {
  const counts = [1, ...records.map(({ length }) => length)] as [number, number, number, number]
  return queryBytes(asked, { id: 0, flags, counts, tail: records.flat().join('') })
}

function read(bytes: Uint8Array, of: Question = question): Response {
  const response = readResponse(bytes, of)
  if (typeof response === 'string') assert.fail(response)
  return response
}

/** The response as read, then written as an answer to the same question and read again. */
function again({ answers, authority }: Response, of: Question = question): Response {
  const head: Head = {
    id: 0,
    opcode: 0,
    recursionDesired: true,
    checkingDisabled: false,
    question: of,
    edns: { version: 0, dnssecOk: false, padded: false, subnetHidden: false },
  }
  const reply = { rcode: RCODE.NOERROR, authoritative: false, answers, authority, additional: [] }
  return read(writeReply(head, reply), of)
}

test('consecutive records become RRsets with the smallest TTL; classes other than IN are left out', () => {
  const response = read(
    message([
      [
        record(pointer, 1, 'abcd'),
        record(pointer, 1, 'efgh', u16s(0, 60)),
        record(pointer, 1, 'ijkl', hour, 3),
        record(pointer, 16, '\x01x'),
        record(pointer, 65280, 'x'),
        record(pointer, 65281, 'x'),
      ],
      [],
      [record(pointer, 1, 'zzzz')],
    ]),
  )
  const seen = response.answers.map((rrset) => [
    rrset.type === 'OPAQUE' ? rrset.code : rrset.type,
    rrset.ttl,
    rrset.rdata.length,
  ])
  assert.deepEqual(seen, [
    ['A', 60, 2],
    [16, 3600, 1],
    [65280, 3600, 1],
    [65281, 3600, 1],
  ])
  assert.deepEqual(response.authority, [])
})

test('rdata that is too long or too short for its type is broken', () => {
  const soa = '\x01a\0\x01b\0' + '\0'.repeat(20)
  const broken = [
    [5, '\x01a\0x'],
    [6, `${soa}x`],
    [6, soa.slice(0, -1)],
    [1, 'abc'],
    [28, 'abcd'],
  ] as const
  for (const [type, rdata] of broken) {
    const response = readResponse(message([[record(pointer, type, rdata)], [], []]), question)
    assert.equal(typeof response, 'string', `type ${type}`)
  }
  assert.equal(read(message([[record(pointer, 6, soa)], [], []])).answers[0]?.type, 'SOA')
})

test('a TTL with its highest bit set is 0', () => {
  const [rrset] = read(message([[record(pointer, 1, 'abcd', '\x80\0\0\x01')], [], []])).answers
  assert.equal(rrset?.ttl, 0)
})

test('the rcode includes the upper bits from OPT', () => {
  const withOpt = message([[], [], [optRecord('', [0x0100, 0])]], 0x8180)
  assert.equal(read(withOpt).rcode, 16)
  assert.equal(read(message([[], [], []], 0x8183)).rcode, 3)
})

test('the question of a response may have another case', () => {
  const upper = queryBytes(nameFromText('WWW.example.COM'), { id: 0, flags: 0x8180 })
  assert.equal(read(upper).rcode, 0)
})

/** Any RRset that can be read, and as it is read. */
const anyRead: fc.Arbitrary<Rrset> = fc.oneof(
  fc.record(
    {
      type: fc.constant('A' as const),
      owner: anyName,
      ttl: fc.nat(0x7fff_ffff),
      rdata: fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
    },
    { noNullPrototype: true },
  ),
  fc.record(
    {
      type: fc.constant('CNAME' as const),
      owner: anyName,
      ttl: fc.nat(0x7fff_ffff),
      rdata: fc.tuple(anyName),
    },
    { noNullPrototype: true },
  ),
  fc.record(
    {
      type: fc.constant('OPAQUE' as const),
      code: fc.constantFrom(16, 64, 65, 46, 257, 65280),
      owner: anyName,
      ttl: fc.nat(0x7fff_ffff),
      rdata: fc.tuple(fc.uint8Array({ maxLength: 300 })),
    },
    { noNullPrototype: true },
  ),
)

test('property: records that are written with compression are read unchanged', () => {
  fc.assert(
    fc.property(anyName, fc.array(anyRead, { maxLength: 6 }), (name, rrsets) => {
      const of = { asked: name, type: 1, class: CLASS.IN }
      // Neighbours of one owner and type are one RRset to a reader.
      const apart = rrsets.filter(({ owner }, index) => owner !== rrsets[index - 1]?.owner)
      const response = { rcode: 0, answers: apart, authority: apart.toReversed() }
      assert.deepEqual(again(response, of), response)
    }),
  )
})

/** Bytes of a mostly valid message. */
const genuine = message([
  [
    record(pointer, 5, '\x03cdn\xc0\x10'),
    record('\xc0\x2d', 1, 'abcd'),
    record(pointer, 15, `\0\x0a${pointer}`),
    record(pointer, 65, '\0\x01\0\0\x01\0\x03\x02h2'),
  ],
  [record('\xc0\x10', 6, `\x02ns${pointer}${pointer}${'\0\0\0\x05'.repeat(5)}`)],
  [optRecord()],
])
const mutated: fc.Arbitrary<Uint8Array> = fc
  .array(fc.tuple(fc.nat(genuine.length - 1), fc.constantFrom(0, 1, 12, 63, 64, 0xc0, 0xff), fc.nat(255)), {
    maxLength: 4,
  })
  .chain((changes) =>
    fc.record({ changes: fc.constant(changes), cut: fc.integer({ min: 0, max: 3 }), tail: fc.nat(3) }),
  )
  .map(({ changes, cut, tail }) => {
    const bytes = genuine.slice()
    for (const [where, edge, any] of changes) bytes[where] = any % 2 === 0 ? edge : any
    return cut === 0 ? bytes.subarray(0, bytes.length - tail) : bytes
  })

test('the unchanged response is read', () => {
  const { answers, authority } = read(genuine)
  assert.deepEqual(
    answers.map((rrset) => [fold(rrset.owner), rrset.type]),
    [
      [asked, 'CNAME'],
      [nameFromText('cdn.example.com'), 'A'],
      [asked, 'OPAQUE'],
      [asked, 'OPAQUE'],
    ],
  )
  assert.equal(authority[0]?.type, 'SOA')
})

test('property: a response read from any bytes is the same after writing and reading it again', () => {
  let readable = 0
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: mutated }, fc.uint8Array({ maxLength: 100 })), (bytes) => {
      const response = readResponse(bytes, question)
      if (typeof response === 'string') return
      readable++
      const { answers, authority } = again(response)
      assert.deepEqual([answers, authority], [response.answers, response.authority])
    }),
    { numRuns: 5_000 },
  )
  assert.ok(readable > 200, `${readable} were read`)
})

test('rdata whose pointers expand it beyond the size of a message is broken', () => {
  const long = nameFromText(Array(4).fill('x'.repeat(61)).join('.'))
  const count = Math.ceil(65_535 / long.length) + 1
  const at = u16s(0xc000 + 12 + asked.length + 4 + 2 + 10)
  const records = [record(pointer, 2, long), ...Array<string>(count).fill(record(pointer, 2, at))]
  assert.equal(readResponse(message([records, [], []]), question), 'rdata of more than 65535 bytes')
})

test('a message above 65,535 bytes is rejected without reading it', () => {
  assert.equal(readResponse(new Uint8Array(65_536), question), 'a message of 65536 bytes')
  assert.equal(readResponse(latin1('x'.repeat(11)), question), 'a message of 11 bytes')
})
