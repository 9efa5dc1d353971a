import assert from 'node:assert/strict'
import { test } from 'node:test'
import packet from 'dns-packet'
import { readMessage } from '../../dns/message/read-message.ts'
import { replyOf } from './dns-reply.ts'

function replyFrom(message: Parameters<typeof packet.encode>[0]): ReturnType<typeof replyOf> {
  const read = readMessage(new Uint8Array(packet.encode(message)))
  assert.ok(!('broken' in read))
  return replyOf(read)
}

test('names lose their case and their final dot; other data stays as it is', () => {
  const { rcode, records, error } = replyFrom({
    type: 'response',
    answers: [
      { type: 'CNAME', name: 'Web.K', data: 'B.k' },
      { type: 'A', name: 'b.k', data: '10.0.0.1' },
      { type: 'TXT', name: '_snapshot.k', data: ['state=Fresh'] },
    ],
  })
  assert.deepEqual([rcode, error], ['NOERROR', undefined])
  assert.deepEqual(
    records.map(({ owner, type, data }) => `${owner} ${type} ${data}`),
    ['web.k CNAME b.k', 'b.k A 10.0.0.1', '_snapshot.k TXT "state=Fresh"'],
  )
})

test('the extended error is read', () => {
  const data = Buffer.concat([Buffer.from([0, 22]), Buffer.from('ask later')])
  const opt = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [{ code: 15, data }],
  }
  const { rcode, error } = replyFrom({ type: 'response', flags: 2, additionals: [opt as never] })
  assert.deepEqual([rcode, error], ['SERVFAIL', { code: 22, text: 'ask later' }])
})
