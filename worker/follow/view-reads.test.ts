import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { packRoot } from '../../snapshot/bucket.ts'
import { followAnswerBytes } from '../../snapshot/follow.ts'
import { blobKey } from '../../snapshot/keys.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import type { SignedRoot } from '../../snapshot/schema.ts'
import { clusterConfig, createTestKv, rootOf, startMs, testKey } from '../edge.case.ts'
import { createView, type View } from '../reader/view.ts'
import { createViewReads } from './view-reads.ts'

const cluster = clusterConfig({})

function viewOf(root: SignedRoot, jws: string, value = jws, before?: View): View {
  return createView(cluster, { root, jws, kid: testKey.kid }, value, before)
}

test('the head names the root by the hash of its JWS, and this root and the former one are served', async () => {
  const reads = createViewReads(createTestKv())
  const views: View[] = []
  for (const number of [1, 2, 3])
    views.push(
      viewOf(rootOf({ generation: startMs + number }), `jws ${number}`, `jws ${number}`, views.at(-1)),
    )
  const view = views.at(-1) ?? assert.fail()
  const hashOf = (number: number): Promise<string> => hashBlob(`jws ${number}`)
  assert.deepEqual(await reads.head(view), { generation: startMs + 3, term: 1, hash: await hashOf(3) })
  assert.equal(await reads.root(view, await hashOf(3)), 'jws 3')
  assert.equal(await reads.root(view, await hashOf(2)), 'jws 2')
  assert.equal(await reads.root(view, await hashOf(1)), null)
})

test('buckets of this root and of the former one are served like blobs', async () => {
  const kv = createTestKv()
  const reads = createViewReads(kv)
  const blob = '{"blob":1}'
  const hash = await hashBlob(blob)
  await kv.put(blobKey('test', hash), blob)
  await kv.put(blobKey('other', 'B'.repeat(43)), 'of another cluster')
  const packed = [
    await packRoot(rootOf({ reverse: { '10.0.0.0': hash } }), 0),
    await packRoot(rootOf({ reverse: { '10.1.0.0': hash } }), 0),
  ]
  let view: View | undefined
  for (const [at, { root, buckets }] of packed.entries())
    view = viewOf(root, `jws ${at}`, joinRootValue(`jws ${at}`, buckets), view)
  const buckets = packed.flatMap((each) => each.buckets)
  const hashes = await Promise.all([...buckets, blob].map(hashBlob))
  const asked = [...hashes, 'B'.repeat(43)]
  assert.deepEqual(await reads.texts(view ?? assert.fail(), asked), [...buckets, blob, null])
})

test('an answer ends after the text with which it is large enough', async () => {
  const kv = createTestKv()
  const reads = createViewReads(kv)
  const large = 'x'.repeat(followAnswerBytes / 2)
  const hash = await hashBlob(large)
  await kv.put(blobKey('test', hash), large)
  const texts = await reads.texts(viewOf(rootOf(), 'jws'), [hash, hash, hash])
  assert.deepEqual(texts, [large, large])
})
