import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { latin1, optRecord, queryBytes, u16s } from '../arbitrary.case.ts'
import { EDE, type ExtendedError, OPTION, RCODE } from '../code.ts'
import { nameFromText } from '../name.ts'
import { readEdns } from './edns.ts'
import { malformed, record } from './malformed.case.ts'
import { optOf, readMessage } from './read-message.ts'
import { isRefusal, readQuery } from './read-query.ts'
import { addTransportOptions, optionBytes, takeTransportOptions } from './transport-options.ts'
import { writeReply } from './write-reply.ts'

const name = nameFromText('web.default.svc.cluster.local')
const option = (code: number, data: string): string => u16s(code, data.length) + data
const withOpt = (options: string, tail = ''): Uint8Array =>
  queryBytes(name, { counts: [1, 0, 0, tail ? 2 : 1], tail: optRecord(options) + tail })
const clientCookie = 'abcdefgh'
const subnet = option(OPTION.CLIENT_SUBNET, '\0\x01\x18\0\x0a\0\0')

test('a query without transport options is returned as it is', () => {
  for (const query of [queryBytes(name), withOpt(''), withOpt(subnet), withOpt(option(65_001, 'x'))]) {
    const taken = takeTransportOptions(query)
    assert.equal(taken.bytes, query)
    assert.equal(taken.cookie, undefined)
    assert.equal(taken.hasKeepalive || taken.isPadded, false)
  }
  assert.equal(takeTransportOptions(queryBytes(name)).udpPayloadBytes, undefined)
  assert.equal(takeTransportOptions(withOpt('')).udpPayloadBytes, 1_232)
})

test('cookie, keepalive and padding are taken out; other options stay in their order', () => {
  const other = option(65_001, 'first')
  const query = withOpt(
    other +
      option(OPTION.COOKIE, clientCookie) +
      option(OPTION.TCP_KEEPALIVE, '') +
      subnet +
      option(OPTION.PADDING, '\0'.repeat(40)),
  )
  const before = query.slice()
  const taken = takeTransportOptions(query)
  assert.deepEqual(taken.bytes, withOpt(other + subnet))
  assert.deepEqual(taken.cookie, latin1(clientCookie))
  assert.deepEqual([taken.hasKeepalive, taken.isPadded], [true, true])
  assert.deepEqual(query, before)
})

test('equal questions have equal bytes, whatever cookies and padding they bring', () => {
  const bytes = [
    '',
    option(10, clientCookie),
    option(10, 'x'.repeat(24)),
    option(12, ''),
    option(11, ''),
  ].map((options) => takeTransportOptions(withOpt(options)).bytes)
  for (const each of bytes) assert.deepEqual(each, withOpt(''))
})

test('of several cookies the first one counts, and all are taken out', () => {
  const taken = takeTransportOptions(withOpt(option(10, clientCookie) + option(10, 'ijklmnop')))
  assert.deepEqual(taken.cookie, latin1(clientCookie))
  assert.deepEqual(taken.bytes, withOpt(''))
})

test('records after OPT stay', () => {
  const after = record('\0', 16, '\x01x')
  const taken = takeTransportOptions(withOpt(option(10, clientCookie), after))
  assert.deepEqual(taken.bytes, withOpt('', after))
})

test('a query for a cookie alone has no question', () => {
  const query = latin1(u16s(1, 0x0100, 0, 0, 0, 1) + optRecord(option(10, clientCookie)))
  const taken = takeTransportOptions(query)
  assert.deepEqual(taken.cookie, latin1(clientCookie))
  assert.deepEqual(taken.bytes, latin1(u16s(1, 0x0100, 0, 0, 0, 1) + optRecord()))
})

test('a cookie of an impossible length stays, and readQuery refuses it with FORMERR', () => {
  for (let length = 0; length <= 42; length++) {
    const query = withOpt(option(10, 'c'.repeat(length)))
    const taken = takeTransportOptions(query)
    const isValid = length === 8 || (length >= 16 && length <= 40)
    assert.equal(taken.cookie?.length, isValid ? length : undefined)
    assert.equal(taken.udpPayloadBytes, 1_232)
    const read = readQuery(taken.bytes)
    assert.equal(isRefusal(read), !isValid, `${length} bytes`)
    if (isRefusal(read)) assert.equal(read.kind === 'refused' && read.rcode, RCODE.FORMERR)
  }
})

test('malformed messages are returned as they are', () => {
  for (const [what, bytes] of malformed) assert.equal(takeTransportOptions(bytes).bytes, bytes, what)
})

test('property: any bytes are taken without an exception, and readQuery judges both forms alike', () => {
  const options = fc.array(
    fc.tuple(fc.constantFrom(8, 10, 11, 12, 15, 65_001), fc.string({ maxLength: 20, unit: 'binary-ascii' })),
    { maxLength: 5 },
  )
  const query = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    options.map((list) => withOpt(list.map(([code, data]) => option(code, data)).join(''))),
  )
  fc.assert(
    fc.property(query, (bytes) => {
      const before = readQuery(bytes)
      const after = readQuery(takeTransportOptions(bytes).bytes)
      assert.equal(isRefusal(after), isRefusal(before))
      if (!isRefusal(before) && !isRefusal(after)) assert.deepEqual(after.question, before.question)
    }),
    { numRuns: 1_000 },
  )
})

function replyTo(query: Uint8Array, error?: ExtendedError): Uint8Array {
  const read = readQuery(query)
  assert.ok(!isRefusal(read))
  const rdata = [Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2)]
  return writeReply(read, {
    rcode: RCODE.NOERROR,
    authoritative: true,
    answers: [{ type: 'A', owner: name, ttl: 5, rdata }],
    authority: [],
    additional: [],
    error,
  })
}

const cookie = { code: OPTION.COOKIE, data: latin1('c'.repeat(24)) }
const keepalive = { code: OPTION.TCP_KEEPALIVE, data: Uint8Array.of(0, 100) }

test('options are appended to the OPT of a reply, after those it has', () => {
  const error = { code: EDE.STALE_ANSWER, text: 'ü' } as const
  for (const given of [undefined, error]) {
    const reply = replyTo(withOpt(''), given)
    const whole = addTransportOptions(reply, [cookie, keepalive])
    assert.equal(whole.length, reply.length + optionBytes(cookie) + optionBytes(keepalive))
    const message = readMessage(whole)
    assert.ok(!('broken' in message))
    assert.equal(message.answers.length, 2)
    assert.deepEqual(optOf(message)?.options.slice(given ? 1 : 0), [cookie, keepalive])
  }
})

test('a reply without OPT gets no options', () => {
  const reply = replyTo(queryBytes(name))
  assert.equal(addTransportOptions(reply, [cookie], { padded: true }), reply)
})

test('padding fills a reply to a multiple of 468 bytes, after the other options', () => {
  const whole = addTransportOptions(replyTo(withOpt('')), [keepalive], { padded: true })
  assert.equal(whole.length % 468, 0)
  const message = readMessage(whole)
  assert.ok(!('broken' in message))
  const options = optOf(message)?.options ?? []
  assert.deepEqual(
    options.map(({ code }) => code),
    [OPTION.TCP_KEEPALIVE, OPTION.PADDING],
  )
  assert.ok(options[1]?.data.every((byte) => byte === 0))
})

test('a message above 65,535 bytes is not made', () => {
  const data = new Uint8Array(65_500)
  assert.throws(() => addTransportOptions(replyTo(withOpt('')), [{ code: 65_001, data }]), RangeError)
})

test('readEdns accepts the lengths of cookies that RFC 7873 allows', () => {
  assert.ok(readEdns(0, latin1(option(10, clientCookie))))
  assert.equal(readEdns(0, latin1(option(10, 'short'))), undefined)
})
