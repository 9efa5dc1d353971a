import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Declaration } from '../../snapshot/ingest.ts'
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
  const edge = { putBlobs: ([text = '']: readonly string[]) => take(text), putRoot: take }
  return { edge, sent, open: () => open, mostOpen: () => mostOpen }
}

const numbers = Array.from({ length: 20 }, (_, n) => String(n))

test('blobs are sent once each in four parallel requests, and the root after all of them', async () => {
  const { edge, sent, mostOpen } = recordingEdge()
  await upload({ put: numbers, rootJws: 'root' }, edge, declaration)
  assert.equal(sent.at(-1), 'root')
  assert.deepEqual(sent, [...numbers, 'root'])
  assert.equal(mostOpen(), 4)
})

test('after a refusal no request starts, and none is left under way', async () => {
  const { edge, sent, open } = recordingEdge()
  await assert.rejects(upload({ put: ['bad', ...numbers], rootJws: 'root' }, edge, declaration), {
    message: 'refused',
  })
  assert.equal(open(), 0)
  assert.deepEqual(sent, ['bad', '0', '1', '2'])
})
