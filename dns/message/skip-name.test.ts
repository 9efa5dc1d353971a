import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latin1 } from '../arbitrary.case.ts'
import { skipName } from './skip-name.ts'

test('a name ends after its root or its pointer', () => {
  assert.equal(skipName(latin1('\0'), 0), 1)
  assert.equal(skipName(latin1('xx\x01a\x02bc\0rest'), 2), 8)
  assert.equal(skipName(latin1('\x01a\xc0\x0crest'), 0), 4)
})

test('a name that the message cuts short, or with a label of an unknown kind, is malformed', () => {
  for (const text of ['', '\x01', '\x01a', '\x05abc', '\x40a\0', '\x80a\0', '\x01a\x41\0'])
    assert.equal(skipName(latin1(text), 0), -1, JSON.stringify(text))
})
