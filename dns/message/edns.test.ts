import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { latin1, u16s } from '../arbitrary.case.ts'
import { EDE, RCODE } from '../code.ts'
import { startMessage } from '../writer.ts'
import { type Edns, optBytes, readEdns, writeOpt } from './edns.ts'

const plain: Edns = { version: 0, dnssecOk: false, padded: false, subnetHidden: false }

function written(
  before: number,
  ...parameters: [Edns, Parameters<typeof writeOpt>[2], Parameters<typeof writeOpt>[3]]
): Uint8Array {
  const writer = startMessage()
  writer.bytes(new Uint8Array(before))
  writeOpt(writer, ...parameters)
  return writer.finish().subarray(before)
}

test('our OPT has the root as owner, a valid size, version 0 and no flag other than DO', () => {
  assert.deepEqual(written(12, plain, RCODE.NOERROR, undefined), latin1(`\0${u16s(41, 1232, 0, 0, 0)}`))
  assert.deepEqual(
    written(12, { ...plain, dnssecOk: true }, RCODE.NXDOMAIN, undefined),
    latin1(`\0${u16s(41, 1232, 0, 0x8000, 0)}`),
  )
  // A client of version 9 is answered in version 0, BADVERS (16) in the upper bits.
  assert.deepEqual(
    written(12, { ...plain, version: 9 }, RCODE.BADVERS, undefined),
    latin1(`\0${u16s(41, 1232, 0x0100, 0, 0)}`),
  )
})

test('an extended error is written as code and UTF-8 text', () => {
  const error = { code: EDE.STALE_ANSWER, text: 'vor 20 Minuten ü' }
  const bytes = written(12, plain, RCODE.NOERROR, error)
  const text = Buffer.from(error.text, 'utf8')
  assert.equal(bytes.length, optBytes(plain, error))
  assert.deepEqual(
    Buffer.from(bytes),
    Buffer.concat([latin1(`\0${u16s(41, 1232, 0, 0, 6 + text.length, 15, 2 + text.length, 3)}`), text]),
  )
})

test('the size of OPT is known before it is written', () => {
  assert.equal(optBytes(undefined, undefined), 0)
  assert.equal(optBytes(undefined, { code: EDE.OTHER, text: 'x' }), 0)
  assert.equal(optBytes(plain, undefined), written(12, plain, RCODE.NOERROR, undefined).length)
  const error = { code: EDE.OTHER, text: '' }
  assert.equal(optBytes(plain, error), written(12, plain, RCODE.NOERROR, error).length)
})

test('property: padding fills the message to a multiple of 468, with zeros, as the last option', () => {
  const error = { code: EDE.NOT_READY, text: 'no snapshot yet' }
  fc.assert(
    fc.property(fc.integer({ min: 12, max: 60_000 }), fc.boolean(), (before, withError) => {
      const bytes = written(before, { ...plain, padded: true }, RCODE.NOERROR, withError ? error : undefined)
      assert.equal((before + bytes.length) % 468, 0)
      const head = optBytes(plain, withError ? error : undefined)
      const padding = bytes.subarray(head)
      assert.ok(padding.length >= 4 && padding.length < 4 + 468)
      assert.deepEqual(padding.subarray(0, 4), latin1(u16s(12, padding.length - 4)))
      assert.ok(padding.subarray(4).every((byte) => byte === 0))
    }),
  )
})

test('padding that would exceed 65,535 bytes is left out', () => {
  const padded = { ...plain, padded: true }
  // 140 blocks of 468 are 65,520 bytes.
  assert.equal(written(65_520 - 15, padded, RCODE.NOERROR, undefined).length, 15)
  assert.equal(written(65_520 - 14, padded, RCODE.NOERROR, undefined).length, 11)
  assert.equal(written(65_535 - 11, padded, RCODE.NOERROR, undefined).length, 11)
})

test('property: any options are read without an exception', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.uint8Array({ maxLength: 80 }), (ttl, rdata) => {
      const edns = readEdns(ttl, rdata)
      if (!edns) return
      assert.equal(edns.version, Math.floor(ttl / 65_536) % 256)
      assert.equal(edns.dnssecOk, Math.floor(ttl / 32_768) % 2 === 1)
    }),
    { numRuns: 1_000 },
  )
})
