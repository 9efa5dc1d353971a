import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMessage } from '../dns/message/read-message.ts'
import { answerTtl } from './answer-ttl.ts'

const question = '0001 6b 00 0001 0001'.replace('0001', '01')
const a = (ttl: string): string => `c00c 0001 0001 ${ttl} 0004 0a000001`
const soa = (ttl: string, minimum: string): string =>
  `c00c 0006 0001 ${ttl} 0016 00 00 00000001 00000002 00000003 00000004 ${minimum}`

function ttlOf(counts: string, records: string): number | undefined {
  const bytes = Buffer.from(`0001 8180 0001 ${counts} 0000 ${question} ${records}`.replace(/\s/g, ''), 'hex')
  const message = readMessage(new Uint8Array(bytes))
  assert.ok(!('broken' in message), JSON.stringify(message))
  return answerTtl(message)
}

for (const [what, expected, counts, records] of [
  ['the smallest TTL of the records', 5, '0002 0000', a('0000001e') + a('00000005')],
  ['0 for a TTL with its highest bit set', 0, '0001 0000', a('80000005')],
  ['the MINIMUM of the SOA', 30, '0000 0001', soa('0000012c', '0000001e')],
  ['the TTL of the SOA', 7, '0000 0001', soa('00000007', '0000001e')],
  ['unknown without a record', undefined, '0000 0000', ''],
] as const) {
  test(`the TTL of an answer is ${what}`, () => assert.equal(ttlOf(counts, records), expected))
}
