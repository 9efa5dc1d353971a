import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RCODE } from '../code.ts'
import { nameFromText } from '../name.ts'
import type { Rrset } from '../record.ts'
import { u32 } from '../uint.ts'
import { soaSerialAt, withSerial } from './soa-serial.ts'
import { writeReply } from './write-reply.ts'

const zone = nameFromText('cluster.local')
const alias: Rrset = { type: 'CNAME', owner: nameFromText('a.cluster.local'), ttl: 5, rdata: [zone] }
const soa: Rrset = {
  type: 'SOA',
  owner: zone,
  ttl: 5,
  rdata: [
    {
      mname: nameFromText('ns.dns.cluster.local'),
      rname: nameFromText('hostmaster.cluster.local'),
      ...{ serial: 4_000_000_001, refresh: 1, retry: 2, expire: 3, minimum: 4 },
    },
  ],
}

function message(answers: readonly Rrset[], authority: readonly Rrset[]): Uint8Array {
  const question = { asked: alias.owner, type: 6, class: 1 }
  const head = {
    id: 1,
    opcode: 0,
    recursionDesired: true,
    checkingDisabled: false,
    question,
    edns: undefined,
  }
  return writeReply(head, { rcode: RCODE.NOERROR, authoritative: true, answers, authority, additional: [] })
}

test('the serial of an SOA is found in both sections, behind other records, and replaced in a copy', () => {
  for (const bytes of [message([soa], []), message([], [soa]), message([alias], [soa])]) {
    const before = Buffer.from(bytes)
    const at = soaSerialAt(bytes) ?? 0
    assert.equal(u32(bytes, at), 4_000_000_001)
    const copy = withSerial(bytes, at, 4_294_967_295)
    assert.equal(u32(copy, at), 4_294_967_295)
    assert.deepEqual(Buffer.from(bytes), before)
    assert.deepEqual(withSerial(copy, at, 4_000_000_001), new Uint8Array(bytes))
  }
})

test('a message without an SOA has no serial', () => {
  assert.equal(soaSerialAt(message([], [])), undefined)
  assert.equal(soaSerialAt(message([alias], [])), undefined)
})
