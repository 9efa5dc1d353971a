import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RCODE } from '../../dns/code.ts'
import { nameFromText } from '../../dns/name.ts'
import type { Rrset } from '../../dns/record.ts'
import { soaOf } from '../answer/records.ts'
import { bareReply, maxAgeOf, notOurs, unavailable } from './reply.ts'

const owner = nameFromText('web.example')

function cname(ttl: number): Rrset {
  return { type: 'CNAME', owner, ttl, rdata: [owner] }
}

function address(ttl: number): Rrset {
  return { type: 'A', owner, ttl, rdata: [new Uint8Array(4)] }
}

const nothing = bareReply(RCODE.NOERROR)

test('max-age is the smallest TTL of the answer', () => {
  const answers = [address(600), cname(30), address(300)]
  assert.equal(maxAgeOf({ ...nothing, answers }), 30)
  assert.equal(maxAgeOf({ ...nothing, answers: [cname(300), address(5)] }), 5)
  assert.equal(maxAgeOf({ ...nothing, answers: [address(0)] }), 0)
})

test('additional records do not limit max-age', () => {
  assert.equal(maxAgeOf({ ...nothing, answers: [address(600)], additional: [address(1)] }), 600)
})

test('max-age of a negative answer is the smaller of the TTL and the MINIMUM of its SOA', () => {
  for (const [ttl, maxAge] of [
    [0, 0],
    [5, 5],
    [3_600, 300],
  ] as const) {
    assert.equal(
      maxAgeOf({
        ...nothing,
        authority: [soaOf({ zone: owner, primaryZone: owner, ttlSeconds: ttl, serial: 1 })],
      }),
      maxAge,
    )
  }
  const soa = soaOf({ zone: owner, primaryZone: owner, ttlSeconds: 5, serial: 1 })
  assert.equal(maxAgeOf({ ...nothing, authority: [{ ...soa, ttl: 200 }] }), 5)
  assert.equal(maxAgeOf({ ...nothing, answers: [cname(3)], authority: [soa] }), 3)
})

test('a reply without records has no max-age', () => {
  for (const reply of [nothing, notOurs, unavailable('prod', 'incomplete'), unavailable('prod', 'absent')]) {
    assert.equal(maxAgeOf(reply), undefined)
  }
})

test('unavailable data is SERVFAIL, with one code for a missing snapshot and another for a missing part', () => {
  assert.deepEqual(
    [unavailable('prod', 'absent').rcode, unavailable('prod', 'absent').error?.code],
    [RCODE.SERVFAIL, 14],
  )
  assert.deepEqual(
    [unavailable('prod', 'incomplete').rcode, unavailable('prod', 'incomplete').error?.code],
    [RCODE.SERVFAIL, 22],
  )
})
