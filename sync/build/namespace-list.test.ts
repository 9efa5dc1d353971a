import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBlob } from '../../snapshot/decode.ts'
import { maxShardBytes } from './fit-shard.ts'
import { namespaceContent } from './namespace-list.ts'

test('a short list is in the root, a long one is a blob', async () => {
  assert.deepEqual(await namespaceContent(['b', 'a']), { namespaces: ['a', 'b'], blobs: [], skipped: [] })
  const names = Array.from({ length: 201 }, (_, at) => `n${at}`)
  const { namespaces, blobs, skipped } = await namespaceContent(names)
  assert.deepEqual(namespaces, { blob: blobs[0]?.hash })
  assert.deepEqual(skipped, [])
})

test('of a list that is too long for a blob, the longest names are left out and reported, and no others', async () => {
  const long = Array.from({ length: 20_000 }, (_, at) => `${at}`.padStart(63, 'x'))
  const names = [...long, ...Array.from({ length: 100 }, (_, at) => `short-${at}`)]
  const { blobs, skipped } = await namespaceContent(names)
  const text = blobs[0]?.text() ?? ''
  assert.ok(text.length <= maxShardBytes)
  assert.ok(text.length > maxShardBytes - 70, 'no more than necessary is left out')
  const blob = decodeBlob(text)
  assert.ok(blob.kind === 'namespaces')
  assert.equal(blob.namespaces.size + skipped.length, names.length)
  assert.ok(blob.namespaces.has('short-0') && blob.namespaces.has('short-99'))
  assert.deepEqual(new Set(skipped.map(({ kind, cause }) => `${kind} ${cause}`)), new Set(['Namespace size']))
  const turned = await namespaceContent(names.toReversed())
  assert.equal(turned.blobs[0]?.hash, blobs[0]?.hash)
})
