import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleRoot, exampleTimeMs, someHash } from '../../snapshot/arbitrary.case.ts'
import { unpackRoot } from '../../snapshot/bucket.ts'
import { generateKey, importPrivateKey, importTrustedKeys } from '../../snapshot/key.ts'
import { verifyRoot } from '../../snapshot/root.ts'
import { sealRoot } from './seal-root.ts'

const key = await importPrivateKey(await generateKey())
const keys = await importTrustedKeys([key.publicKey])
const expected = { cluster: 'prod', keys, nowMs: exampleTimeMs }

const reverse = Object.fromEntries(
  Array.from({ length: 1_000 }, (_, n) => [`10.${n >> 8}.${n & 255}.0`, someHash(n & 255)]),
)
const root = exampleRoot({ reverse })

test('schema 1 is the root alone', async () => {
  const { jws, ...buckets } = await sealRoot(root, 1, undefined, key)
  assert.deepEqual((await verifyRoot(jws, expected)).root, root)
  assert.deepEqual(buckets, { buckets: [], changed: [], hashes: undefined })
})

test('schema 2 has all buckets, and those that the edge lacks are the changed ones', async () => {
  const first = await sealRoot(root, 2, undefined, key)
  const signed = (await verifyRoot(first.jws, expected)).root
  assert.ok(signed.schema === 2)
  assert.deepEqual(signed.buckets, first.hashes)
  assert.deepEqual(await unpackRoot(signed, first.buckets), root)
  assert.deepEqual(first.changed, first.buckets)
  const again = await sealRoot({ ...root, serial: 1 }, 2, first.hashes, key)
  assert.deepEqual(again.changed, [])
  const next = exampleRoot({ reverse: { ...reverse, '10.0.1.0': someHash(77) } })
  const changed = await sealRoot(next, 2, first.hashes, key)
  assert.equal(changed.changed.length, 1)
  assert.ok(changed.changed[0]?.includes(someHash(77)))
})
