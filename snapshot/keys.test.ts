import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blobKey, isClusterId, rootKey } from './keys.ts'

test('a cluster ID is a DNS label in lower case', () => {
  for (const id of ['prod', 'a', '0', 'eu-1', 'a'.repeat(63)]) assert.equal(isClusterId(id), true, id)
  for (const id of [
    '',
    '-a',
    'a-',
    'A',
    'a.b',
    'a_b',
    'a/b',
    '..',
    'a\n',
    'ä',
    '__proto__',
    'a'.repeat(64),
  ]) {
    assert.equal(isClusterId(id), false, JSON.stringify(id))
  }
})

test('the keys of two clusters are never the same', () => {
  assert.equal(rootKey('prod'), 'prod/root')
  assert.equal(blobKey('prod', 'h'), 'prod/blob/h')
})
