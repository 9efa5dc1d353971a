import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSharedBytes } from './shared-bytes.ts'

test('each text has its UTF-8 bytes, whether it is shorter or longer than the one before', () => {
  const bytesOf = createSharedBytes()
  for (const text of ['', 'web.prod', 'ä€😀', 'a', 'x'.repeat(100_000), '\ud800', 'a']) {
    assert.deepEqual(new Uint8Array(bytesOf(text)), new TextEncoder().encode(text))
  }
})

test('texts of the same length share their buffer', () => {
  const bytesOf = createSharedBytes()
  const first = bytesOf('one')
  assert.equal(bytesOf('two').buffer, first.buffer)
  assert.deepEqual(new TextDecoder().decode(first), 'two')
})
