import assert from 'node:assert/strict'
import { test } from 'node:test'
import packet from 'dns-packet'
import { labelName, nameFromText } from '../name.ts'
import type { Rrset } from '../record.ts'
import { cutReply } from './cut-reply.ts'
import { isRefusal, readQuery } from './read-query.ts'
import { writeQuery } from './write-query.ts'
import { type Reply, writeReply } from './write-reply.ts'

const owner = nameFromText('www.example.com')
const zone = nameFromText('example.com')

function reply(parts: Partial<Reply>, hasOpt: boolean): Uint8Array {
  const query = readQuery(writeQuery(owner, 1, hasOpt ? { edns: {} } : {}))
  assert.ok(!isRefusal(query))
  const sections = { answers: [], authority: [], additional: [] }
  return writeReply(query, { rcode: 0, authoritative: false, ...sections, ...parts }, 65_535)
}

function addresses(count: number): Rrset {
  const rdata = Array.from({ length: count }, (_, at) => Uint8Array.of(192, 0, 2, at))
  return { type: 'A', owner, ttl: 60, rdata }
}

const soa: Rrset = {
  type: 'SOA',
  owner: zone,
  ttl: 60,
  rdata: [
    {
      mname: labelName('ns') + zone,
      rname: labelName('hostmaster') + zone,
      serial: 1,
      refresh: 1,
      retry: 1,
      expire: 1,
      minimum: 60,
    },
  ],
}

test('a reply that fits is returned as it is', () => {
  const whole = reply({ answers: [addresses(3)] }, true)
  assert.equal(cutReply(whole, whole.length), whole)
})

test('at every size the reply is well-formed, has the first records and OPT, and TC says that some are missing', () => {
  for (const hasOpt of [true, false]) {
    const whole = reply({ answers: [addresses(40)], additional: [{ ...addresses(1), owner: zone }] }, hasOpt)
    for (let maxBytes = 60; maxBytes < whole.length; maxBytes++) {
      const cut = cutReply(whole, maxBytes)
      assert.ok(cut.length <= maxBytes)
      assert.ok(cut.length > maxBytes - 32, 'another record would have fitted')
      const read = packet.decode(Buffer.from(cut))
      const got = (read.answers ?? []).flatMap((record) => (record.type === 'A' ? [record.data] : []))
      assert.deepEqual(
        got,
        got.map((_, at) => `192.0.2.${at}`),
      )
      assert.equal(read.flag_tc, got.length < 40)
      assert.deepEqual(
        (read.additionals ?? []).map(({ type }) => type),
        hasOpt ? ['OPT'] : [],
      )
    }
  }
})

test('a negative answer without its SOA is truncated, a positive one without its authority is not', () => {
  const negative = reply({ rcode: 3, authority: [soa] }, true)
  const cut = packet.decode(Buffer.from(cutReply(negative, negative.length - 1)))
  assert.deepEqual([cut.flag_tc, cut.authorities?.length], [true, 0])
  const positive = reply({ answers: [addresses(2)], authority: [soa] }, true)
  const kept = packet.decode(Buffer.from(cutReply(positive, positive.length - 1)))
  assert.deepEqual([kept.flag_tc, kept.answers?.length, kept.authorities?.length], [false, 2, 0])
})

test('names behind pointers stay valid', () => {
  const target = labelName('a') + zone
  const alias: Rrset = { type: 'CNAME', owner, ttl: 60, rdata: [target] }
  const whole = reply({ answers: [alias, { ...addresses(40), owner: target }] }, false)
  const { answers = [] } = packet.decode(Buffer.from(cutReply(whole, 120)))
  assert.deepEqual(
    answers.map(({ name }) => name),
    ['www.example.com', ...answers.slice(1).map(() => 'a.example.com')],
  )
  assert.ok(answers.length > 2)
})

test('the question and OPT are kept whatever the size is', () => {
  const whole = reply({ answers: [addresses(3)] }, true)
  const read = packet.decode(Buffer.from(cutReply(whole, 12)))
  assert.deepEqual([read.flag_tc, read.questions?.[0]?.name, read.answers], [true, 'www.example.com', []])
  assert.equal(read.additionals?.[0]?.type, 'OPT')
})
