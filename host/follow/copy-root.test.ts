import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { packRoot } from '../../snapshot/bucket.ts'
import type { FollowHead } from '../../snapshot/follow.ts'
import { generateKey, importPrivateKey, importTrustedKeys } from '../../snapshot/key.ts'
import { rootKey } from '../../snapshot/keys.ts'
import { signRoot } from '../../snapshot/root.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import type { Root } from '../../snapshot/schema.ts'
import {
  clusterConfig,
  createTestKv,
  createTestSql,
  emptyContent,
  rootOf,
  startMs,
  type TestKv,
  testKey,
} from '../../worker/edge.case.ts'
import { createSqlRegister } from '../../worker/register/sql-register.ts'
import { type Copying, copyRoot, type Look, readHeld } from './copy-root.ts'
import { namesIn } from './held-root.ts'

/* A root is copied from a source that gives what a test puts into it. */

const stranger = await importPrivateKey(await generateKey())
const texts = [
  '{"schema":1,"kind":"namespaces","namespaces":["a"]}',
  '{"schema":1,"kind":"namespaces","namespaces":["b"]}',
]
const hashes = await Promise.all(texts.map(hashBlob))
const log = { info: () => undefined, warn: () => undefined }

type Source = { head: FollowHead | null; readonly texts: Map<string, string>; readonly asked: string[] }

let kv: TestKv
let source: Source
let copying: Copying

beforeEach(async () => {
  kv = createTestKv()
  source = { head: null, texts: new Map(), asked: [] }
  copying = {
    cluster: clusterConfig({}),
    keys: await importTrustedKeys([testKey.publicKey]),
    register: createSqlRegister(createTestSql(), kv, log),
    stored: new Set(),
    nowMs: () => startMs,
    source: {
      head: async () => source.head,
      root: async (hash) => source.texts.get(hash) ?? '',
      async texts(wanted) {
        source.asked.push(...wanted)
        return wanted.map((hash) => source.texts.get(hash) ?? null)
      },
    },
  }
})

/** Puts a root, and the blobs that it may name, into the source. */
async function offer(root: Root, key = testKey): Promise<string> {
  const jws = await signRoot(root, key)
  const hash = await hashBlob(jws)
  source.head = { generation: root.generation, term: root.term, hash }
  source.texts.set(hash, jws)
  for (const [at, text] of texts.entries()) source.texts.set(hashes[at] ?? '', text)
  return jws
}

const rootWith = (change: Partial<Root>): Root =>
  rootOf({ ...emptyContent, namespaces: { blob: hashes[0] ?? '' }, ...change })

async function look(): Promise<Look> {
  return copyRoot(copying, await readHeld(copying))
}

test('a root is stored with its blobs; the next one brings only what is new', async () => {
  assert.equal((await look()).result, 'none')
  const first = await offer(rootWith({}))
  const { result, held, blobs } = await look()
  assert.deepEqual([result, blobs, source.asked], ['copied', 1, [hashes[0]]])
  assert.equal(kv.entries.get(rootKey('test')), first)
  assert.equal((await copyRoot(copying, held)).result, 'unchanged')
  assert.deepEqual(await readHeld(copying), held)

  await offer(rootWith({ generation: startMs + 1, reverse: { '10.0.0.0': hashes[1] ?? '' } }))
  const next = await copyRoot(copying, held)
  assert.deepEqual([next.result, next.blobs, source.asked], ['copied', 1, hashes])
})

test('of a root of schema 2, buckets that are held are not asked for again', async () => {
  const value = async (root: Root): Promise<readonly string[]> => {
    const packed = await packRoot(root, 0)
    for (const text of packed.buckets) source.texts.set(await hashBlob(text), text)
    const jws = await offer(packed.root as unknown as Root)
    return [joinRootValue(jws, packed.buckets), ...(await Promise.all(packed.buckets.map(hashBlob)))]
  }
  const root = rootWith({ reverse: { '10.0.0.0': hashes[1] ?? '' } })
  const [first, bucket = ''] = await value(root)
  const { held } = await look()
  assert.equal(kv.entries.get(rootKey('test')), first)
  assert.deepEqual(new Set(source.asked), new Set([bucket, ...hashes]))
  assert.deepEqual(namesIn(source.texts.get(bucket) ?? ''), [hashes[1]])
  assert.deepEqual(await readHeld(copying), held)

  source.asked.length = 0
  const [second] = await value({ ...root, generation: startMs + 1 })
  assert.equal((await copyRoot(copying, held)).result, 'copied')
  assert.deepEqual([kv.entries.get(rootKey('test')), source.asked], [second, []])
})

test('a root that an agent could not publish is refused before anything that it names is read', async () => {
  await offer(rootWith({}))
  const { held } = await look()
  const stored = new Map(kv.entries)
  source.asked.length = 0
  const newer = { generation: startMs + 1, reverse: { '10.0.0.0': hashes[1] ?? '' } }
  const refused: readonly (readonly [code: string, root: Root, key?: typeof stranger])[] = [
    ['ROOT_UNVERIFIED', rootWith(newer), stranger],
    ['ROOT_CLUSTER', rootWith({ ...newer, cluster: 'other' })],
    ['ROOT_DOMAIN', rootWith({ ...newer, domain: 'other.example' })],
    ['ROOT_FUTURE', rootWith({ ...newer, generation: startMs + 120_001 })],
    ['ROOT_EXPIRED', rootWith({ ...newer, asOfMs: startMs - 25 * 3_600_000 })],
    ['ROOT_CONFLICT', rootWith({ ...newer, generation: startMs })],
  ]
  for (const [code, root, key] of refused) {
    await offer(root, key)
    await assert.rejects(copyRoot(copying, held), { code })
  }
  // The head of an older root claims to be newer.
  const { head } = source
  await offer(rootWith({ generation: startMs - 1 }))
  source.head = head && source.head && { ...source.head, generation: startMs + 9 }
  await assert.rejects(copyRoot(copying, held), { code: 'ROOT_OLDER' })
  await offer(rootWith({ generation: startMs - 1 }))
  assert.equal((await copyRoot(copying, held)).result, 'older')
  assert.deepEqual([source.asked, kv.entries], [[], stored])
})

test('a root may not drop the access policy silently', async () => {
  const policy = { head: hashes[1] ?? '', tokens: { bits: 0, shards: [null] } }
  await offer(rootWith({ policy }))
  await look()
  await offer(rootWith({ generation: startMs + 1 }))
  await assert.rejects(look(), { code: 'ROOT_POLICY' })
  await offer(rootWith({ generation: startMs + 2, policyDropped: true }))
  assert.equal((await look()).result, 'copied')
})

test('a blob that is missing or wrong leaves the root in force, and a later look completes the copy', async () => {
  await offer(rootWith({}))
  await look()
  const stored = kv.entries.get(rootKey('test'))
  await offer(rootWith({ generation: startMs + 1, reverse: { '10.0.0.0': hashes[1] ?? '' } }))
  for (const [text, code] of [
    [undefined, 'SOURCE_INCOMPLETE'],
    ['{"forged":true}', 'SOURCE_ANSWER'],
  ] as const) {
    source.texts.delete(hashes[1] ?? '')
    if (text !== undefined) source.texts.set(hashes[1] ?? '', text)
    await assert.rejects(look(), { code })
    assert.equal(kv.entries.get(rootKey('test')), stored)
  }
  source.texts.set(hashes[1] ?? '', texts[1] ?? '')
  assert.equal((await look()).result, 'copied')
})

test('a root that is not that of the head, or was replaced meanwhile, is not used', async () => {
  const jws = await offer(rootWith({}))
  const other = await signRoot(rootWith({ generation: startMs + 1 }), testKey)
  source.texts.set(await hashBlob(jws), other)
  await assert.rejects(look(), { code: 'SOURCE_ANSWER' })
  source.texts.delete(await hashBlob(jws))
  await assert.rejects(look(), { code: 'SOURCE_INCOMPLETE' })
  assert.equal(kv.entries.size, 0)
})

test('a copy that broke off continues, and begins again where the register has lost a blob meanwhile', async () => {
  const shards = { '10.0.0.0': hashes[0] ?? '', '10.1.0.0': hashes[1] ?? '' }
  await offer(rootWith({ reverse: shards }))
  const { source: whole } = copying
  const failing = {
    ...whole,
    texts: async (wanted: readonly string[]) => (await whole.texts(wanted)).slice(0, 1),
  }
  let requests = 0
  const broken = {
    ...failing,
    texts: (wanted: readonly string[]) => {
      if (++requests > 1) throw new TypeError('fetch failed')
      return failing.texts(wanted)
    },
  }
  await assert.rejects(copyRoot({ ...copying, source: broken }, undefined), /fetch failed/)
  source.asked.length = 0
  assert.equal((await look()).result, 'copied')
  assert.deepEqual([source.asked, copying.stored.size], [[hashes[1]], 0])

  await offer(rootWith({ generation: startMs + 1, podAddresses: { '10.2.0.0': 'B'.repeat(43) } }))
  copying.stored.add('B'.repeat(43))
  await assert.rejects(look(), { code: 'BLOB_MISSING' })
  assert.equal(copying.stored.size, 0)
})
