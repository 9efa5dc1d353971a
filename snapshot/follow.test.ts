import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeTexts, encodeTexts, type FollowHead, readHead } from './follow.ts'

const hash = 'A'.repeat(43)

test('a head is read again as it was written, and null is no snapshot', () => {
  const head: FollowHead = { generation: 5, term: 1, hash }
  assert.deepEqual(readHead(JSON.stringify(head)), head)
  assert.deepEqual(readHead(JSON.stringify({ ...head, later: true })), head)
  assert.equal(readHead('null'), null)
})

test('anything else is no head', () => {
  for (const text of [
    '',
    '{}',
    '[]',
    '5',
    JSON.stringify({ generation: -1, term: 1, hash }),
    JSON.stringify({ generation: 1, term: '1', hash }),
    JSON.stringify({ generation: 1, term: 1, hash: '../root' }),
  ])
    assert.throws(() => readHead(text), { code: 'SCHEMA' }, text)
})

test('texts keep their places, also those that are missing', () => {
  for (const texts of [['{}'], ['{"a":1}', null, '{"b":2}'], [null], [null, null]])
    assert.deepEqual(decodeTexts(encodeTexts(texts), 3), texts)
})

test('an answer may end early, but not without a text, within one, or with too many', () => {
  assert.deepEqual(decodeTexts('{}\n', 3), ['{}'])
  for (const body of ['', '{}', '{}\n{"cut', '1\n2\n3\n4\n'])
    assert.throws(() => decodeTexts(body, 3), { code: 'SCHEMA' }, JSON.stringify(body))
})
