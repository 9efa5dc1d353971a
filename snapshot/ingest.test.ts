import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyServices } from './arbitrary.case.ts'
import { encodeServices } from './encode.case.ts'
import { decodeBlobLines, encodeBlobLines, ingestPaths } from './ingest.ts'

test('property: decoding a request body returns the blobs that were encoded', () => {
  fc.assert(
    fc.property(fc.array(anyServices), (maps) => {
      const texts = maps.map(encodeServices)
      assert.deepEqual(decodeBlobLines(encodeBlobLines(texts)), texts)
    }),
  )
})

test('empty lines are not blobs', () => {
  assert.deepEqual(decodeBlobLines(''), [])
  assert.deepEqual(decodeBlobLines('\n\n'), [])
  assert.deepEqual(decodeBlobLines('a\n\nb\n'), ['a', 'b'])
})

test('a cluster has three routes', () => {
  assert.equal(ingestPaths.state('prod'), '/ingest/prod')
  assert.equal(ingestPaths.blobs('prod'), '/ingest/prod/blobs')
  assert.equal(ingestPaths.root('prod'), '/ingest/prod/root')
})
