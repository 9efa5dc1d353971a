import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packRoot } from '../../snapshot/bucket.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { signRoot } from '../../snapshot/root.ts'
import { bucketsIn, joinRootValue, jwsOf } from '../../snapshot/root-value.ts'
import { rootValueOf, startMs, storeSnapshot, testKey } from '../../worker/edge.case.ts'
import {
  forged,
  genuine,
  make,
  restart,
  type Scene,
  servicesBlob,
  setScene,
  storedRoot,
} from './setup.case.ts'

/*
 * Forgeries of a root of schema 2 by an attacker with write access to the key-value store. Its buckets are not signed
 * themselves: the root signs their hashes.
 */

const day = 24 * 60 * 60_000
const next = await make('10.96.0.11', { generation: startMs + 500 })

/** A scene whose store has a root of schema 2, which one isolate has adopted and used. */
async function scene2(): Promise<Scene> {
  const scene = await setScene()
  await storeSnapshot(scene.kv, next.root, next.texts, testKey, 2)
  assert.equal(await scene.webAddress(), '10.96.0.11')
  return scene
}

/** Another value with the same signed root. */
const alter = async (
  change: (buckets: string[], scene: Scene) => string[],
  scene: Scene,
): Promise<string> => {
  const value = storedRoot(scene) ?? ''
  return joinRootValue(jwsOf(value), change(bucketsIn(value), scene))
}

type BucketForgery = {
  readonly what: string
  readonly code: 'BUCKET_MISSING' | 'BUCKET_MISMATCH'
  readonly change: (buckets: string[]) => string[]
}
const forgedHash = (await servicesBlob(forged)).hash
const forgedBuckets = bucketsIn(await rootValueOf(forged.root))
const bucketForgeries: readonly BucketForgery[] = [
  {
    what: 'another blob in a bucket',
    code: 'BUCKET_MISMATCH',
    change: (buckets) => buckets.map((text) => text.replace(/"0":"[^"]+"/, `"0":"${forgedHash}"`)),
  },
  { what: 'the bucket of another snapshot', code: 'BUCKET_MISMATCH', change: () => forgedBuckets },
  { what: 'a bucket cut short', code: 'BUCKET_MISMATCH', change: ([text = '']) => [text.slice(0, -1)] },
  { what: 'a space behind a bucket', code: 'BUCKET_MISMATCH', change: ([text = '']) => [`${text} `] },
  { what: 'an empty bucket', code: 'BUCKET_MISMATCH', change: () => ['{}'] },
  { what: 'an empty line', code: 'BUCKET_MISSING', change: () => [''] },
  { what: 'no buckets', code: 'BUCKET_MISSING', change: () => [] },
  { what: 'a line before the bucket', code: 'BUCKET_MISSING', change: (buckets) => ['', ...buckets] },
]

for (const { what, code, change } of bucketForgeries) {
  test(`a root of schema 2 with ${what} is ${code}: an isolate that has started gives SERVFAIL, not NXDOMAIN`, async () => {
    const scene = await scene2()
    for (const text of forged.texts) await scene.sendBlobs([text])
    const value = storedRoot(scene) ?? ''
    const altered = await alter(change, scene)
    assert.notEqual(altered, value)
    await scene.kv.put(rootKey('prod'), altered)
    assert.equal(await scene.webAddress(), '10.96.0.11', 'the bucket in memory was checked before')
    const started = await restart(scene)
    for (const name of ['web.x', 'nope.x'])
      await started.ask(`${name}.svc.cluster.local A`).error(22).servfail()
    assert.equal((await started.status()).lastRefusal?.code, code)
    // The root itself was checked: names that need no shard are answered.
    await started.ask('x.svc.cluster.local A').nodata('cluster.local')
    await scene.kv.put(rootKey('prod'), value)
    assert.equal(await started.webAddress(), '10.96.0.11')
  })
}

test('buckets of a newer genuine root that are damaged leave the previous root in use', async () => {
  const scene = await scene2()
  const later = await make('10.96.0.12', { generation: startMs + 1_000 })
  await storeSnapshot(scene.kv, later.root, later.texts, testKey, 2)
  const value = storedRoot(scene) ?? ''
  await scene.kv.put(rootKey('prod'), joinRootValue(jwsOf(value), ['{}']))
  for (let look = 0; look < 8; look++) assert.equal(await scene.webAddress(), '10.96.0.11')
  await scene.kv.put(rootKey('prod'), value)
  assert.equal(await scene.webAddress(), '10.96.0.12')
})

type RootForgery = {
  readonly what: string
  readonly code: string
  readonly value: (scene: Scene) => string | Promise<string>
}
const packed = await packRoot(forged.root, 0)
const signed2 = async (change: object): Promise<string> =>
  joinRootValue(await signRoot({ ...packed.root, ...change }, testKey), packed.buckets)
const roots: readonly RootForgery[] = [
  {
    what: 'the payload of another root',
    code: 'ROOT_UNVERIFIED',
    value(scene) {
      const [header, , signature] = jwsOf(storedRoot(scene) ?? '').split('.')
      const payload = Buffer.from(JSON.stringify(packed.root)).toString('base64url')
      return joinRootValue([header, payload, signature].join('.'), packed.buckets)
    },
  },
  { what: 'an empty line before it', code: 'ROOT_UNVERIFIED', value: async () => `\n${await signed2({})}` },
  { what: 'another cluster', code: 'ROOT_CLUSTER', value: () => signed2({ cluster: 'dev' }) },
  { what: 'no buckets field', code: 'SCHEMA', value: () => signed2({ buckets: undefined }) },
  {
    what: 'fewer hashes than buckets',
    code: 'SCHEMA',
    value: () => signed2({ buckets: { bits: 1, shards: [null] } }),
  },
  {
    what: 'a hash that is none',
    code: 'SCHEMA',
    value: () => signed2({ buckets: { bits: 0, shards: ['x'] } }),
  },
  { what: 'the schema after it', code: 'SCHEMA', value: () => signed2({ schema: 3 }) },
  {
    what: 'schema 1 and buckets',
    code: 'ROOT_UNVERIFIED',
    value: async () => `${await signRoot(forged.root, testKey)}\n{}`,
  },
  {
    what: 'schema 1 and an older generation',
    code: 'ROOT_OLDER',
    value: () => signRoot(genuine.root, testKey),
  },
  {
    what: 'schema 1 and the same generation',
    code: 'ROOT_CONFLICT',
    value: () => signRoot(next.root, testKey),
  },
  {
    what: 'an age of more than a day',
    code: 'ROOT_EXPIRED',
    value: ({ clock }) => signed2({ asOfMs: clock.now() - day - 1 }),
  },
]

for (const { what, code, value } of roots) {
  test(`a root of schema 2 with ${what} is ${code}, and the previous one stays in use`, async () => {
    const scene = await scene2()
    await scene.kv.put(rootKey('prod'), await value(scene))
    assert.equal(await scene.webAddress(), '10.96.0.11')
    assert.equal((await scene.status()).lastRefusal?.code, code)
  })
}

test('an isolate goes from schema 1 to schema 2 and back, always to the newer generation', async () => {
  const scene = await setScene()
  for (const [step, schema] of ([2, 1, 1, 2, 2] as const).entries()) {
    const made = await make(`10.96.0.${20 + step}`, { generation: startMs + 1_000 + step })
    await storeSnapshot(scene.kv, made.root, made.texts, testKey, schema)
    assert.equal(await scene.webAddress(), `10.96.0.${20 + step}`)
    assert.equal(await (await restart(scene)).webAddress(), `10.96.0.${20 + step}`)
  }
})

test('a blob that a bucket names is checked against its hash', async () => {
  const scene = await scene2()
  const { hash, text } = await servicesBlob(next)
  await scene.kv.put(blobKey('prod', hash), text.replace('10.96.0.11', '10.66.66.66'))
  await (await restart(scene)).ask('web.x.svc.cluster.local A').error(22).servfail()
})
