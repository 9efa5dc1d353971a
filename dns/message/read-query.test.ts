import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyFoldedName, anyName, latin1, optRecord, queryBytes, u16s } from '../arbitrary.case.ts'
import { maxQueryBytes } from '../limits.ts'
import { fold, nameFromText, root } from '../name.ts'
import { longestLabel, malformed, record } from './malformed.case.ts'
import { isRefusal, type Query, type QueryRefusal, readQuery } from './read-query.ts'

const name = nameFromText('Web.Default.svc.cluster.local')
const withOpt = (...parameters: Parameters<typeof optRecord>): Uint8Array =>
  queryBytes(name, { counts: [1, 0, 0, 1], tail: optRecord(...parameters) })

function accepted(bytes: Uint8Array): Query {
  const read = readQuery(bytes)
  assert.ok(!isRefusal(read), JSON.stringify(read))
  return read
}

function refusal(bytes: Uint8Array): QueryRefusal {
  const read = readQuery(bytes)
  assert.ok(isRefusal(read), 'accepted')
  return read
}

test('a valid query gives its head, its question unchanged and its name folded', () => {
  const query = accepted(queryBytes(name, { id: 0xbeef, flags: 0x0110, type: 28, class: 1 }))
  assert.deepEqual(query, {
    id: 0xbeef,
    opcode: 0,
    recursionDesired: true,
    checkingDisabled: true,
    question: { asked: name, type: 28, class: 1 },
    edns: undefined,
    name: fold(name),
  })
})

test('flags without a meaning in queries are ignored', () => {
  // AA, TC, RA, Z, AD and an rcode.
  const query = accepted(queryBytes(name, { flags: 0x06ef }))
  assert.equal(query.recursionDesired, false)
  assert.equal(query.checkingDisabled, false)
  assert.equal(query.id, 0x1234)
  assert.equal(accepted(queryBytes(name, { id: 0 })).id, 0)
})

test('the examples of RFC 8484 are valid', () => {
  const examples = [
    ['AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB', 'www.example.com'],
    [
      'AAABAAABAAAAAAAAAWE-NjJjaGFyYWN0ZXJsYWJlbC1tYWtlcy1iYXNlNjR1cmwtZGlzdGluY3QtZnJvbS1zdGFuZGFyZC1iYXNlNjQHZXhhbXBsZQNjb20AAAEAAQ',
      'a.62characterlabel-makes-base64url-distinct-from-standard-base64.example.com',
    ],
  ]
  for (const [encoded = '', asked = ''] of examples) {
    const query = accepted(Uint8Array.from(Buffer.from(encoded, 'base64url')))
    assert.deepEqual(query.question, { asked: nameFromText(asked), type: 1, class: 1 })
  }
})

test('any type, any class and any name of 255 bytes are accepted', () => {
  for (const type of [0, 1, 41, 64, 65, 251, 252, 255, 65_280, 65_535]) {
    assert.equal(accepted(queryBytes(name, { type })).question.type, type)
  }
  for (const given of [0, 1, 3, 255, 65_535]) {
    assert.equal(accepted(queryBytes(name, { class: given })).question.class, given)
  }
  const longest = `${`\x3f${'a'.repeat(63)}`.repeat(3)}\x3d${'b'.repeat(61)}\0`
  assert.equal(longest.length, 255)
  for (const asked of [root, longest, '\x03a.b\x01\0\x02\xff\xc0\0']) {
    assert.equal(accepted(queryBytes(asked)).question.asked, asked)
  }
})

test('a message without a whole header is unreadable', () => {
  for (let length = 0; length < 12; length++) {
    assert.equal(refusal(queryBytes(name).subarray(0, length)).kind, 'unreadable')
  }
  assert.equal(refusal(queryBytes(name, { flags: 0x8100 })).kind, 'unreadable')
})

test('another opcode is NOTIMP, regardless of the rest of the message', () => {
  for (let opcode = 1; opcode < 16; opcode++) {
    for (const bytes of [
      queryBytes(name, { flags: (opcode << 11) | 0x0100 }),
      queryBytes('\xc0\x0c', { flags: (opcode << 11) | 0x0100, counts: [0, 9, 9, 9] }),
    ]) {
      const refused = refusal(bytes)
      assert.ok(refused.kind === 'refused')
      assert.equal(refused.rcode, 4)
      assert.deepEqual(refused.head, {
        id: 0x1234,
        opcode,
        recursionDesired: true,
        checkingDisabled: false,
        question: undefined,
        edns: undefined,
      })
    }
  }
})

for (const [what, bytes, question] of malformed) {
  test(`FORMERR: ${what}`, () => {
    const refused = refusal(bytes)
    assert.ok(refused.kind === 'refused')
    assert.equal(refused.rcode, 1)
    assert.equal(refused.head.question === undefined, question === 'none')
    assert.equal(refused.head.edns, undefined)
    assert.notEqual(refused.reason, '')
  })
}

test('records other than OPT are skipped, pointers in their owners included', () => {
  const tail =
    record('\xc0\x0c', 1, '1234') +
    record(name, 16, 'x'.repeat(200)) +
    optRecord() +
    record('\x01a\xc0\x0c', 250)
  const query = accepted(queryBytes(name, { counts: [1, 1, 1, 2], tail }))
  assert.deepEqual(query.edns, { version: 0, dnssecOk: false, padded: false, subnetHidden: false })
})

test('OPT gives version, DO and whether the client padded; the rest is ignored', () => {
  assert.deepEqual(accepted(withOpt()).edns, {
    version: 0,
    dnssecOk: false,
    padded: false,
    subnetHidden: false,
  })
  assert.equal(accepted(withOpt('', [0, 0x8000])).edns?.dnssecOk, true)
  assert.equal(accepted(withOpt('', [0, 0x7fff])).edns?.dnssecOk, false)
  assert.equal(accepted(withOpt(u16s(12, 0))).edns?.padded, true)
  assert.equal(accepted(withOpt(`${u16s(12, 3)}abc`)).edns?.padded, true)
  // A cookie, a client subnet and an unknown option; 12 inside an option's data is not padding.
  const options = `${u16s(10, 8)}12345678${u16s(8, 4)}\0\x01\0\0${u16s(65_001, 4)}${u16s(12, 0)}`
  assert.deepEqual(accepted(withOpt(options)).edns, {
    version: 0,
    dnssecOk: false,
    padded: false,
    subnetHidden: true,
  })
  assert.equal(accepted(withOpt(`${options}${u16s(12, 0)}`)).edns?.padded, true)
  // A subnet that is named is not hidden: 24 bits of IPv4.
  assert.equal(accepted(withOpt(`${u16s(8, 7)}\0\x01\x18\0\x0a\x60\0`)).edns?.subnetHidden, false)
  // The upper bits of an rcode mean nothing in a query.
  assert.equal(accepted(withOpt('', [0xff00, 0])).edns?.version, 0)
})

test('another version of EDNS is BADVERS, and the reply keeps question and OPT', () => {
  for (const version of [1, 2, 100, 255]) {
    const refused = refusal(withOpt(u16s(12, 0), [version, 0x8000]))
    assert.ok(refused.kind === 'refused')
    assert.equal(refused.rcode, 16)
    assert.deepEqual(refused.head.question?.asked, name)
    assert.deepEqual(refused.head.edns, { version, dnssecOk: true, padded: true, subnetHidden: false })
  }
})

test('the message may be anywhere in a larger buffer', () => {
  const bytes = withOpt(u16s(12, 0))
  const larger = new Uint8Array(bytes.length + 20).fill(0xff)
  larger.set(bytes, 7)
  assert.deepEqual(readQuery(larger.subarray(7, 7 + bytes.length)), readQuery(bytes))
})

test('property: every name, type and option is read', () => {
  // COOKIE (10) has lengths of its own.
  const anyOption = fc.tuple(fc.nat(65_535), fc.uint8Array({ maxLength: 40 })).filter(([code]) => code !== 10)
  const anyOptions = fc.array(anyOption, { maxLength: 6 })
  fc.assert(
    fc.property(
      anyName,
      fc.nat(65_535),
      fc.nat(65_535),
      fc.boolean(),
      anyOptions,
      (asked, id, type, dnssecOk, list) => {
        const options = list
          .map(([code, data]) => u16s(code, data.length) + String.fromCharCode(...data))
          .join('')
        const tail = optRecord(options, [0, dnssecOk ? 0x8000 : 0])
        const query = accepted(queryBytes(asked, { id, type, counts: [1, 0, 0, 1], tail }))
        assert.equal(query.id, id)
        assert.deepEqual(query.question, { asked, type, class: 1 })
        assert.equal(query.name, fold(asked))
        assert.deepEqual(query.edns, {
          version: 0,
          dnssecOk,
          padded: list.some(([code]) => code === 12),
          subnetHidden: list.some(([code, data]) => code === 8 && data.length >= 4 && data[2] === 0),
        })
      },
    ),
  )
})

test('property: every proper prefix of a query is refused', () => {
  fc.assert(
    fc.property(anyFoldedName, (asked) => {
      const bytes = queryBytes(asked, { counts: [1, 0, 0, 1], tail: optRecord(u16s(12, 2, 0)) })
      accepted(bytes)
      for (let length = 0; length < bytes.length; length++) refusal(bytes.subarray(0, length))
    }),
    { numRuns: 30 },
  )
})

/** The guarantees of readQuery for arbitrary bytes. */
function keepsPromises(bytes: Uint8Array): void {
  const read = readQuery(bytes)
  if (isRefusal(read)) {
    if (read.kind === 'refused') assert.ok([1, 4, 16].includes(read.rcode))
    return
  }
  assert.ok(read.name.length <= 255 && read.name.endsWith('\0'))
  assert.equal(Buffer.from(bytes).indexOf(read.question.asked, 12, 'latin1'), 12)
}

test('property: random bytes never throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), keepsPromises), { numRuns: 2_000 })
  const header = fc.tuple(
    fc.nat(65_535),
    fc.constantFrom(0x0100, 0, 0x0800),
    fc.constantFrom(1, 1, 0, 2),
    fc.nat(3),
    fc.nat(3),
    fc.nat(3),
  )
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 400 }), (fields, rest) => {
      keepsPromises(latin1(u16s(...fields) + String.fromCharCode(...rest)))
    }),
    { numRuns: 2_000 },
  )
})

test('property: a query with bytes changed, removed or repeated never throws', () => {
  const valid = queryBytes(name, {
    counts: [1, 1, 0, 2],
    tail: record('\xc0\x0c', 1, '1234') + record(name, 5, name) + optRecord(u16s(10, 8, 1, 2, 3, 4, 12, 0)),
  })
  accepted(valid)
  const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255))
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 5 }),
      fc.nat(valid.length),
      fc.nat(20),
      (changes, cut, more) => {
        const bytes = Uint8Array.from([...valid, ...valid.subarray(0, more)])
        for (const [at, value] of changes) bytes[at] = value
        keepsPromises(bytes)
        keepsPromises(bytes.subarray(0, cut))
      },
    ),
    { numRuns: 2_000 },
  )
})

test('the most expensive queries of 4,096 bytes take far less than a millisecond', () => {
  const room = maxQueryBytes - queryBytes(root).length
  const many = Math.floor(room / record(root, 1).length)
  const perOption = Math.floor((room - 11) / 4)
  const long = longestLabel.repeat(Math.floor((room - 20) / 64))
  const worst: readonly Uint8Array[] = [
    queryBytes(root, { counts: [1, many, 0, 0], tail: record(root, 1).repeat(many) }),
    queryBytes(root, { counts: [1, 65_535, 65_535, 65_535], tail: record(root, 1).repeat(many) }),
    queryBytes(root, { counts: [1, 0, 0, 1], tail: optRecord(u16s(12, 0).repeat(perOption)) }),
    queryBytes(root, { counts: [1, 1, 0, 0], tail: record(`${long}\0`, 1) }),
    queryBytes(root, {
      counts: [1, 1, 0, 0],
      tail: record(`${'\x01a'.repeat(Math.floor((room - 20) / 2))}\0`, 1),
    }),
    queryBytes(`${'\x01a'.repeat(127)}\0`),
    queryBytes('\x01a'.repeat(2_000)),
    queryBytes('\xc0\x0c'.repeat(2_000)),
  ]
  for (const [index, bytes] of worst.entries()) {
    assert.ok(bytes.length <= maxQueryBytes, `${index} has ${bytes.length} bytes`)
    const times = Array.from({ length: 200 }, () => {
      const start = performance.now()
      readQuery(bytes)
      return performance.now() - start
    })
    // The shortest time: a busy machine interrupts the others.
    const ms = Math.min(...times)
    assert.ok(ms < 1, `${index} takes ${ms} ms`)
  }
})
