import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optRecord, queryBytes } from '../../../dns/arbitrary.case.ts'
import { readMessage } from '../../../dns/message/read-message.ts'
import { nameFromText } from '../../../dns/name.ts'
import { truncatedReply } from './truncated-reply.ts'

const name = nameFromText('Web.prod.svc.cluster.local')

test('the reply has the id, the question and TC, no records, and the size of the query', () => {
  for (const [counts, tail] of [
    [[1, 0, 0, 0], ''],
    [[1, 0, 0, 1], optRecord()],
  ] as const) {
    const query = queryBytes(name, { id: 77, type: 28, counts, tail })
    const reply = truncatedReply(query)
    assert.ok(reply)
    const message = readMessage(reply)
    assert.ok(!('broken' in message))
    assert.equal(message.id, 77)
    assert.equal(message.flags & 0x8200, 0x8200)
    assert.deepEqual(message.questions, [{ name, type: 28, class: 1 }])
    assert.equal(message.answers.length + message.authority.length, 0)
    assert.equal(reply.length, query.length)
  }
})

test('a malformed query has none', () => {
  assert.equal(truncatedReply(queryBytes(name, { counts: [2, 0, 0, 0] })), undefined)
})
