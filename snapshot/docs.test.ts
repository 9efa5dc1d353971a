import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { wholeRoot } from './arbitrary.case.ts'
import { hashBlob } from './blob.ts'
import { bucketBits, maxBucketBits, packRoot } from './bucket.ts'
import { decodeBlob } from './decode.ts'
import { encodeEndpoints, encodeServices } from './encode.case.ts'
import { encodeNamespaces, encodePods, encodeReverse } from './encode.ts'
import {
  type Declaration,
  ingestPaths,
  maxBlobsPerRequest,
  maxBodyBytes,
  maxBucketsPerRequest,
} from './ingest.ts'
import { encodePolicyHead, encodeTokenShard } from './policy/encode.ts'
import { type MintedClaims, maxMintedSkewMs, maxMintedTokenLength } from './policy/minted-token.ts'
import { maxProofAgeMs, type Proof, proofHeader } from './proof.ts'
import { readRoot } from './read-root.ts'
import { maxRootSkewMs } from './root.ts'
import { maxRootValueBytes } from './root-value.ts'
import { type Root, readableSchemas, shardFamilies } from './schema.ts'
import { shardOf } from './shard.ts'

/* Compares docs/snapshot.md with the code, so that neither changes alone. */

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')
const page = read('../docs/snapshot.md')

/** The rows of the table whose header begins with `head`, as cells without backquotes. */
function table(text: string, head: string): string[][] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`))
  assert.notEqual(start, -1, `no table of ${head}`)
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines
    .slice(start + 2, end === -1 ? undefined : end)
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '')))
}

/** The names in the first column of a table, in order. */
const named = (head: string): string[] => table(page, head).map(([name = '']) => name)

/** The JSON examples, each on one line. */
const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) =>
  JSON.stringify(JSON.parse(json)),
)

/** The codes of a union type in a source file. */
function codesIn(path: string, type: string): string[] {
  const [, union = ''] = new RegExp(`export type ${type} =\\n((?:  .*\\n)+)`).exec(read(path)) ?? []
  return [...union.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code = '']) => code)
}

test('a missing row and a superfluous row of a table are detected', () => {
  const text = '| key | n |\n|---|---|\n| `a` | 1 |\n| b | 2 |\n\n| c | 3 |'
  assert.deepEqual(table(text, 'key'), [
    ['a', '1'],
    ['b', '2'],
  ])
  assert.throws(() => table(text, 'value'))
})

test('every error code has a row, and every row has a code', () => {
  const codes = [
    ...codesIn('errors.ts', 'SnapshotCode'),
    ...codesIn('errors.ts', 'ProofCode'),
    ...codesIn('ingest.ts', 'IngestCode'),
  ]
  assert.ok(codes.length > 20 && codes.includes('ROOT_UNVERIFIED') && codes.includes('STORE_FAILED'))
  assert.deepEqual(named('code'), codes)
  for (const cells of table(page, 'code'))
    assert.ok(cells.length === 4 && cells.every((cell) => cell !== ''), cells.join())
})

test('the status of every code is the one that the edge sends', () => {
  const [, statuses = ''] = /const statuses[^{]*\{([^}]*)\}/.exec(read('../worker/register/ingest.ts')) ?? []
  const sent = new Map(
    [...statuses.matchAll(/(\w+): (\d+)/g)].map(([, code = '', status = '']) => [code, status] as const),
  )
  assert.ok(sent.size > 5)
  for (const [code = '', status] of table(page, 'code')) assert.equal(status, sent.get(code) ?? '400', code)
})

test('every field of a root, of a declaration and of a proof has a row', () => {
  const root = readRoot(examples.at(-1) ?? '')
  assert.deepEqual(named('field'), Object.keys(root))
  const rootFields = {
    schema: true,
    cluster: true,
    domain: true,
    generation: true,
    term: true,
    asOfMs: true,
    static: true,
    staleAfterMs: true,
    expiresAfterMs: true,
    serial: true,
    ttl: true,
    pods: true,
    namespaces: true,
    policy: true,
    policyDropped: true,
    services: true,
    reverse: true,
    endpoints: true,
    endpointReverse: true,
    podAddresses: true,
    objects: true,
    paidUntilMs: true,
  } satisfies Record<keyof Root, true>
  assert.deepEqual(named('field'), Object.keys(rootFields))
  const declaration = {
    schemas: true,
    policy: true,
    store: true,
    minPublishIntervalMs: true,
    writesPerDay: true,
    maxBodyBytes: true,
    maxBlobsPerRequest: true,
    clockMs: true,
    lastRefusal: true,
  } satisfies Record<keyof Declaration, true>
  assert.deepEqual(named('declaration'), Object.keys(declaration))
  const proof = {
    cluster: true,
    method: true,
    path: true,
    audience: true,
    bodyHash: true,
    bodyBytes: true,
    atMs: true,
    nonce: true,
  } satisfies Record<keyof Proof, true>
  assert.deepEqual(named('claim'), Object.keys(proof))
  const minted = { aud: true, iat: true, exp: true, namespaces: true } satisfies Record<
    keyof MintedClaims,
    true
  >
  assert.deepEqual(named('token claim'), Object.keys(minted))
})

test('the encoder writes the examples', () => {
  const kinds = examples.slice(0, -1).map((text) => {
    const blob = decodeBlob(text)
    if (blob.kind === 'services') assert.equal(encodeServices(blob.services), text)
    if (blob.kind === 'endpoints') assert.equal(encodeEndpoints(blob.services), text)
    if (blob.kind === 'reverse') assert.equal(encodeReverse(blob.owners), text)
    if (blob.kind === 'pods') assert.equal(encodePods(blob.namespaces), text)
    if (blob.kind === 'namespaces') assert.equal(encodeNamespaces(blob.namespaces), text)
    if (blob.kind === 'policy') assert.equal(encodePolicyHead(blob), text)
    if (blob.kind === 'tokens') assert.equal(encodeTokenShard(blob.tokens), text)
    return blob.kind
  })
  assert.deepEqual(kinds, ['services', 'endpoints', 'reverse', 'pods', 'namespaces', 'policy', 'tokens'])
})

test('the root names the examples above it', async () => {
  const root = wholeRoot(readRoot(examples.at(-1) ?? ''))
  const [services = '', , reverse = ''] = examples
  assert.deepEqual(root.services, { bits: 0, shards: [await hashBlob(services)] })
  assert.deepEqual(root.reverse, { '10.244.1.0': await hashBlob(reverse) })
})

test('the example of a hash is right', async () => {
  const [, text = '', hash] = /The blob `([^`]+)` is stored under\s+`([^`]+)`/.exec(page) ?? []
  assert.equal(await hashBlob(text), hash)
  assert.ok(examples.includes(text))
})

/** The hash as the page describes it, step by step. */
function hashAsDescribed(key: string): number {
  const steps = /```text\n(h = .*?)```/s.exec(page)?.[1] ?? ''
  const [offset = '', prime = '', first = '', second = ''] = [...steps.matchAll(/0x[0-9a-f]{8}/g)].map(
    ([number]) => number,
  )
  const times = (a: number, b: string): number => Number((BigInt(a) * BigInt(b)) % 2n ** 32n)
  const xor = (a: number, b: number): number => (a ^ b) >>> 0
  let h = Number(offset)
  for (const character of key.split('')) h = times(xor(h, character.charCodeAt(0)), prime)
  h = times(xor(h, h >>> 16), first)
  h = times(xor(h, h >>> 13), second)
  return xor(h, h >>> 16)
}

test('the test vectors of the shard hash are right', () => {
  const vectors = table(page, 'key | h')
  assert.ok(vectors.length >= 5)
  for (const [key = '', h = '', ...shards] of vectors) {
    assert.equal(hashAsDescribed(key).toString(16).padStart(8, '0'), h, key)
    assert.deepEqual(
      shards,
      [1, 4, 12].map((bits) => String(shardOf(key, bits))),
      key,
    )
  }
})

test('the limits, routes and names are those of the code', () => {
  const number = (value: number): string => value.toLocaleString('en')
  assert.ok(
    page.includes(
      `at most ${number(maxBodyBytes)} bytes and ${maxBlobsPerRequest} blobs, or ${number(maxBucketsPerRequest)} buckets`,
    ),
  )
  assert.ok(page.includes(`more than ${number(maxRootSkewMs)} ms ahead`))
  assert.ok(page.includes(`valid for ${number(maxProofAgeMs)} ms in either direction`))
  assert.ok(page.includes(`the header \`${proofHeader}\``))
  assert.ok(page.includes(`of this format, ${readableSchemas.join(' or ')} |`))
  assert.ok(page.includes(`at most ${number(maxMintedTokenLength)} characters`))
  assert.ok(page.includes(`at most ${maxMintedSkewMs / 1000} s ahead`))
  const { state, blobs, buckets, root } = ingestPaths
  assert.deepEqual(named('request'), [
    `GET ${state('<cluster>')}`,
    `POST ${blobs('<cluster>')}`,
    `POST ${buckets('<cluster>')}`,
    `POST ${root('<cluster>')}`,
  ])
})

test('the example of a bucket, its limits and the order of families are those of the code', async () => {
  const root = wholeRoot(readRoot(examples.at(-1) ?? ''))
  const { root: packed, buckets } = await packRoot(root, 0)
  assert.ok(page.includes(`\n${buckets.join('\n')}\n`))
  assert.deepEqual(packed.buckets, { bits: 0, shards: [await hashBlob(buckets[0] ?? '')] })
  assert.ok(page.includes(`in the order ${shardFamilies.map((family) => `\`${family}\``).join(', ')},`))
  const [, above, most, below] =
    /more than (\d+) shards on average, n grows by one, to (\d+) at most; while it has fewer than (\d+)/.exec(
      page,
    ) ?? []
  const limits = [bucketBits(Number(above) * 2, 1), bucketBits(Number(above) * 2 + 1, 1)]
  assert.deepEqual(limits, [1, 2])
  assert.deepEqual([bucketBits(Number(below) * 2, 1), bucketBits(Number(below) * 2 - 1, 1)], [1, 0])
  assert.equal(Number(most), maxBucketBits)
  assert.ok(page.includes(`at most ${maxRootValueBytes / 1024 / 1024} MiB`))
})
