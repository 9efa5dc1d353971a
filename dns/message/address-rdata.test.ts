import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RCODE } from '../code.ts'
import { nameFromText } from '../name.ts'
import type { Rrset } from '../record.ts'
import { addressRdata } from './address-rdata.ts'
import { writeReply } from './write-reply.ts'

const owner = nameFromText('web.x.svc.cluster.local')
const other = nameFromText('alias.y.svc.cluster.local')
const addresses = Array.from({ length: 300 }, (_, index) => Uint8Array.of(10, 0, index >> 8, index & 0xff))

function message(answers: readonly Rrset[]): Uint8Array {
  const head = {
    id: 1,
    opcode: 0,
    recursionDesired: true,
    checkingDisabled: false,
    question: { asked: owner, type: 1, class: 1 },
    edns: { version: 0, dnssecOk: false, padded: true, subnetHidden: false },
  }
  const glue: Rrset = { type: 'A', owner, ttl: 5, rdata: [Uint8Array.of(192, 0, 2, 1)] }
  return writeReply(head, {
    rcode: RCODE.NOERROR,
    authoritative: true,
    answers,
    authority: [],
    additional: [glue],
  })
}

function found(answers: readonly Rrset[]): string[] {
  const bytes = message(answers)
  const rdata = addressRdata(bytes)
  return rdata.offsets.map((at) => bytes.subarray(at, at + rdata.bytes).join('.'))
}

test('the addresses of the answer section are found, those of other sections are not', () => {
  const rrset: Rrset = { type: 'A', owner, ttl: 5, rdata: addresses }
  assert.deepEqual(
    found([rrset]),
    addresses.map((bytes) => bytes.join('.')),
  )
})

test('IPv6 addresses are found, and addresses after aliases', () => {
  const v6 = [1, 2].map((last) => Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? last : 0xfd)))
  const answers: Rrset[] = [
    { type: 'CNAME', owner, ttl: 5, rdata: [other] },
    { type: 'AAAA', owner: other, ttl: 5, rdata: v6 },
  ]
  assert.deepEqual(
    found(answers),
    v6.map((bytes) => bytes.join('.')),
  )
})

test('an answer without addresses has none', () => {
  assert.deepEqual(found([]), [])
  assert.deepEqual(found([{ type: 'PTR', owner, ttl: 5, rdata: [other] }]), [])
})
