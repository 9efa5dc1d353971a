import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latin1, optRecord, queryBytes, u16s } from '../../../dns/arbitrary.case.ts'
import { readMessage } from '../../../dns/message/read-message.ts'
import { root } from '../../../dns/name.ts'
import { cookieQueryReply, isCookieQuery } from './cookie-query.ts'

const query = latin1(u16s(99, 0x0110, 0, 0, 0, 1) + optRecord())

test('a query without a question and with OPT alone asks for a cookie', () => {
  assert.equal(isCookieQuery(query), true)
  assert.equal(isCookieQuery(latin1(u16s(99, 0x2000, 0, 0, 0, 1) + optRecord())), false)
  assert.equal(isCookieQuery(latin1(u16s(99, 0, 0, 0, 0, 0))), false)
  assert.equal(isCookieQuery(queryBytes(root, { counts: [1, 0, 0, 1], tail: optRecord() })), false)
})

test('its reply has the id, RD and CD, and OPT alone', () => {
  const message = readMessage(cookieQueryReply(query))
  assert.ok(!('broken' in message))
  assert.deepEqual([message.id, message.flags & 0xf91f], [99, 0x8110])
  assert.deepEqual([message.questions.length, message.answers.length, message.additional.length], [0, 0, 1])
})

test('an unknown EDNS version is BADVERS', () => {
  const message = readMessage(cookieQueryReply(latin1(u16s(99, 0, 0, 0, 0, 1) + optRecord('', [1, 0]))))
  assert.ok(!('broken' in message))
  assert.equal((message.additional[0]?.ttl ?? 0) >>> 24, 1)
})
