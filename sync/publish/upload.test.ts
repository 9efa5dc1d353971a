import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Declaration } from '../../snapshot/ingest.ts'
import { PublishError } from './errors.ts'
import { batchesOf, upload } from './upload.ts'

const limits = { maxBodyBytes: 10, maxBlobsPerRequest: 3 }

const cases: [string, string[], string[][]][] = [
  ['nothing', [], []],
  ['by count', ['a', 'b', 'c', 'd'], [['a', 'b', 'c'], ['d']]],
  ['by bytes, line breaks included', ['aaaa', 'bbbb', 'c'], [['aaaa', 'bbbb'], ['c']]],
  ['bytes, not characters', ['ääää', 'b'], [['ääää'], ['b']]],
  ['exactly full', ['123456789', 'a'], [['123456789'], ['a']]],
]

for (const [name, texts, expected] of cases) {
  test(`blobs are sent in batches: ${name}`, () => assert.deepEqual([...batchesOf(texts, limits)], expected))
}

test('the limits of the contract apply even if an edge declares more', () => {
  const texts = Array.from({ length: 100 }, (_, n) => String(n))
  const batches = [...batchesOf(texts, { maxBodyBytes: 1e9, maxBlobsPerRequest: 1e9 })]
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [40, 40, 20],
  )
})

test('a blob that exceeds the limit of a request is an error', () => {
  assert.throws(() => [...batchesOf(['1234567890'], limits)], { code: 'BODY_TOO_LARGE' })
})

const declaration: Declaration = {
  ...{ schemas: [1], store: 'sqlite', minPublishIntervalMs: 0, writesPerDay: null },
  ...{ maxBodyBytes: 1024, maxBlobsPerRequest: 1, clockMs: 0, lastRefusal: null },
}

/** An edge that refuses the blob 'bad' and records the sent texts. */
function recordingEdge() {
  const sent: string[] = []
  let open = 0
  let mostOpen = 0
  const take = async (text: string): Promise<Declaration> => {
    sent.push(text)
    mostOpen = Math.max(mostOpen, ++open)
    await new Promise((resolve) => setTimeout(resolve, 5))
    open--
    if (text === 'bad') throw new Error('refused')
    return declaration
  }
  const edge = {
    putBlobs: ([text = '']: readonly string[]) => take(text),
    putBuckets: (texts: readonly string[]) => take(`buckets ${texts.join()}`),
    putRoot: (jws: string, buckets: readonly string[]) => take([jws, ...buckets].join()),
  }
  return { edge, sent, open: () => open, mostOpen: () => mostOpen }
}

const root = { jws: 'root', buckets: [], changed: [], hashes: undefined }
const numbers = Array.from({ length: 20 }, (_, n) => String(n))

test('blobs are sent once each in four parallel requests, and the root after all of them', async () => {
  const { edge, sent, mostOpen } = recordingEdge()
  await upload({ put: numbers, ...root }, edge, declaration)
  assert.equal(sent.at(-1), 'root')
  assert.deepEqual(sent, [...numbers, 'root'])
  assert.equal(mostOpen(), 4)
})

test('after a refusal no request starts, and none is left under way', async () => {
  const { edge, sent, open } = recordingEdge()
  await assert.rejects(upload({ put: ['bad', ...numbers], ...root }, edge, declaration), {
    message: 'refused',
  })
  assert.equal(open(), 0)
  assert.deepEqual(sent, ['bad', '0', '1', '2'])
})

const packed = { ...root, buckets: ['b0', '', 'b2'], changed: ['b2'], hashes: { bits: 2, shards: [] } }

test('changed buckets go with the root, and before it when they do not fit into its request', async () => {
  const small = recordingEdge()
  await upload({ put: [], ...packed }, small.edge, declaration)
  assert.deepEqual(small.sent, ['root,b2'])
  const large = recordingEdge()
  const changed = ['x'.repeat(500), 'y'.repeat(500), 'z'.repeat(500)]
  await upload({ put: [], ...packed, changed }, large.edge, declaration)
  const [x, y, z] = changed
  assert.deepEqual(large.sent, [`buckets ${x},${y}`, `buckets ${z}`, 'root'])
})

test('an edge without a bucket of the root gets all of them, once', async () => {
  const { edge, sent } = recordingEdge()
  const putRoot = async (jws: string, buckets: readonly string[]): Promise<Declaration> => {
    await edge.putRoot(jws, buckets)
    if (buckets.length < 2) throw new PublishError('BUCKET_MISSING', 'bucket 0')
    return declaration
  }
  await upload({ put: [], ...packed }, { ...edge, putRoot }, declaration)
  assert.deepEqual(sent, ['root,b2', 'root,b0,b2'])
  const lost = async (): Promise<Declaration> => Promise.reject(new PublishError('BUCKET_MISSING', 'x'))
  await assert.rejects(upload({ put: [], ...packed }, { ...edge, putRoot: lost }, declaration), {
    code: 'BUCKET_MISSING',
  })
})
