import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packRoot } from '../../snapshot/bucket.ts'
import { maxBucketsPerRequest } from '../../snapshot/ingest.ts'
import { signRoot } from '../../snapshot/root.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import { rootValueOf, startMs, testKey } from '../../worker/edge.case.ts'
import { forged, make, readIngest, type Scene, setScene, storedRoot, strangerKey } from './setup.case.ts'

/* Requests with roots of schema 2 and with buckets that the edge refuses. Nothing of a refused root is accepted. */

const next = await make('10.96.0.11', { generation: startMs + 500 })
const packed = await packRoot(next.root, 0)
const jws = await signRoot(packed.root, testKey)
const [bucket = ''] = packed.buckets
const value = joinRootValue(jws, packed.buckets)

async function send(scene: Scene, route: 'root' | 'buckets', body: string, key = testKey): Promise<string> {
  const { status, error } = readIngest(await scene.send(await scene.request(route, body, { key })))
  return `${status} ${error?.code ?? 'OK'}`
}

type Refused = {
  readonly what: string
  readonly route?: 'buckets'
  readonly body: string
  readonly answer: string
  readonly key?: typeof testKey
}
const cases: readonly Refused[] = [
  { what: 'a root without its buckets', body: jws, answer: '409 BUCKET_MISSING' },
  {
    what: 'a root with the buckets of another',
    body: joinRootValue(jws, ['{}']),
    answer: '409 BUCKET_MISSING',
  },
  {
    what: 'a root with an altered bucket',
    body: joinRootValue(jws, [bucket.replace('"0"', '"1"')]),
    answer: '409 BUCKET_MISSING',
  },
  {
    what: 'a root with a line that is no bucket',
    body: joinRootValue(jws, ['{"services":1}']),
    answer: '400 SCHEMA',
  },
  {
    what: 'a root with buckets whose blobs are not stored',
    body: await rootValueOf(forged.root),
    answer: '409 BLOB_MISSING',
  },
  {
    what: 'a root of schema 1 with buckets',
    body: joinRootValue(await signRoot(next.root, testKey), packed.buckets),
    answer: '400 ROOT_UNVERIFIED',
  },
  {
    what: "a stranger's root with buckets",
    body: await rootValueOf(next.root, strangerKey),
    answer: '400 ROOT_UNVERIFIED',
  },
  { what: 'a text that is no bucket', route: 'buckets', body: 'bucket', answer: '400 SCHEMA' },
  {
    what: 'more buckets than any root has',
    route: 'buckets',
    body: '{}\n'.repeat(maxBucketsPerRequest + 1),
    answer: '400 BLOB_COUNT',
  },
  {
    what: "a stranger's buckets",
    route: 'buckets',
    body: bucket,
    key: strangerKey,
    answer: '401 PROOF_UNVERIFIED',
  },
]

for (const { what, route = 'root', body, answer, key } of cases) {
  test(`${what}: ${answer}, and the root in force stays`, async () => {
    const scene = await setScene()
    for (const text of next.texts) await scene.sendBlobs([text])
    const before = storedRoot(scene)
    assert.equal(await send(scene, route, body, key), answer)
    assert.equal(storedRoot(scene), before)
    assert.equal(await scene.webAddress(), '10.96.0.10')
    // The genuine root is accepted afterwards.
    assert.equal(await send(scene, 'root', value), '200 OK')
    assert.equal(await scene.webAddress(), '10.96.0.11')
  })
}

test('a root without policy does not replace one of schema 2 that has a policy', async () => {
  const closed = await make(
    '10.96.0.12',
    { generation: startMs + 600 },
    'version: 1\nanonymous: { all: true }\n',
  )
  const scene = await setScene()
  for (const text of [...next.texts, ...closed.texts]) await scene.sendBlobs([text])
  assert.equal(await send(scene, 'root', await rootValueOf(closed.root)), '200 OK')
  for (const schema of [1, 2] as const) {
    const open = { ...next.root, generation: startMs + 700 }
    assert.equal(await send(scene, 'root', await rootValueOf(open, testKey, schema)), '409 ROOT_POLICY')
  }
})

test('buckets may be sent before their root, and the next root sends those that changed', async () => {
  const scene = await setScene()
  for (const text of next.texts) await scene.sendBlobs([text])
  assert.equal(await send(scene, 'buckets', bucket), '200 OK')
  assert.equal(await send(scene, 'root', jws), '200 OK')
  assert.equal(storedRoot(scene), value)
  const state = readIngest(await scene.send(await scene.request('state', '')))
  assert.deepEqual([state.root, state.buckets], [jws, packed.buckets])
  // A heartbeat has the same buckets and sends none.
  const beat = await packRoot({ ...next.root, generation: startMs + 900, asOfMs: startMs + 900 }, 0)
  const beatJws = await signRoot(beat.root, testKey)
  assert.equal(await send(scene, 'root', beatJws), '200 OK')
  assert.equal(storedRoot(scene), joinRootValue(beatJws, packed.buckets))
  // Another root of the same order is refused, in either schema.
  const same = await rootValueOf({ ...next.root, generation: startMs + 900 }, testKey, 1)
  assert.equal(await send(scene, 'root', same), '409 ROOT_CONFLICT')
})
