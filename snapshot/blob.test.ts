import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { toBase64Url } from '../dns/base64url.ts'
import { checkBlob, hashBlob, isBlobHash } from './blob.ts'

test("property: a blob's hash is the SHA-256 of its UTF-8 bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      const hash = await hashBlob(text)
      assert.equal(hash, createHash('sha256').update(text, 'utf8').digest('base64url'))
      assert.equal(isBlobHash(hash), true)
      await checkBlob(text, hash)
      await assert.rejects(checkBlob(`${text} `, hash), { name: 'SnapshotError', code: 'BLOB_MISMATCH' })
    }),
  )
})

test('property: base64url is the same as from Buffer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
      assert.equal(toBase64Url(bytes), Buffer.from(bytes).toString('base64url')),
    ),
  )
})

test('isBlobHash rejects texts that are not hashes', () => {
  const hash = toBase64Url(new Uint8Array(32))
  for (const value of [
    '',
    'a',
    `${hash}A`,
    hash.slice(1),
    `${hash.slice(1)}=`,
    `${hash.slice(1)}+`,
    `${hash}\n`,
    null,
    1,
    [hash],
  ]) {
    assert.equal(isBlobHash(value), false, JSON.stringify(value))
  }
})
