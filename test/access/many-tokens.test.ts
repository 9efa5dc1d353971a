import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { rootKey } from '../../snapshot/keys.ts'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { get, type TestEdge } from '../../worker/edge.case.ts'
import { type Dig, dig, namespace, port, service } from '../dig.ts'
import { createRandom } from '../seeded-random.ts'
import { drawToken } from './make-policy.ts'

/* A policy with as many tokens as it may have costs a query no more reads than a small one. */

const random = createRandom(2)
const tokens = Array.from({ length: 10_000 }, () => drawToken('test', random))

const lines = tokens.map((token, at) => {
  const sha256 = tokenSha256(token)
  return `  - { name: token-${at}, sha256: ${sha256}, namespaces: [team-${at % 50}, shared], expires: 2027-01-01T00:00:00Z }`
})
const product = await dig(
  [
    {
      objects: [
        namespace('team-7'),
        service('team-7/web', { clusterIP: '10.96.0.7', ports: [port('http:80')] }),
      ],
      policy: `version: 1\ntokens:\n${lines.join('\n')}\n`,
    },
  ],
  { public: false, memoryBytes: 4_000_000 },
)

/** Counts the reads of the store by everything that shares it. */
function countReads({ kv }: Dig): string[] {
  const keys: string[] = []
  const { get: read } = kv
  kv.get = (key, options) => {
    keys.push(key)
    return read(key, options)
  }
  return keys
}

const query = queryBytes(nameFromText('web.team-7.svc.cluster.local'))
const path = (token: string): string => `/dns-query/${token}?dns=${Buffer.from(query).toString('base64url')}`

async function rcodeOf({ send }: TestEdge, token: string): Promise<number> {
  const { status, body } = await send(get(path(token)))
  if (!(body instanceof Uint8Array)) return status
  return (body[3] ?? 0) & 0xf
}

const keys = countReads(product)

test('of 10,000 tokens, a cold query reads the root, the head, one shard of tokens and one of Services', async (t) => {
  const cpu: number[] = []
  for (let at = 0; at < 200; at++) {
    const edge = product.restarted()
    keys.length = 0
    const before = process.cpuUsage()
    const rcode = await rcodeOf(edge, tokens[at] ?? '')
    const { user, system } = process.cpuUsage(before)
    cpu.push((user + system) / 1000)
    assert.equal(rcode, at % 50 === 7 ? 0 : 3)
    // A name that the token may not see is answered without its shard.
    assert.equal(keys.length, at % 50 === 7 ? 4 : 3, keys.join(' '))
    assert.equal(keys[0], rootKey('test'))
    assert.equal(new Set(keys).size, keys.length)
  }
  const sorted = cpu.toSorted((a, b) => a - b)
  const at = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2)
  t.diagnostic(
    `CPU of a cold query: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, first ${cpu[0]?.toFixed(2)} ms`,
  )
})

test('a warm query reads nothing, and an unknown token one shard at most', async () => {
  const edge = product.restarted()
  const [first = '', second = ''] = tokens
  await rcodeOf(edge, first)
  keys.length = 0
  await rcodeOf(edge, first)
  assert.deepEqual(keys, [])
  await rcodeOf(edge, second)
  assert.ok(keys.length <= 1)
  keys.length = 0
  assert.equal(await rcodeOf(edge, drawToken('test', random)), 404)
  assert.ok(keys.length <= 1)
})

test('the blobs are far below the limit of one request to ingest', () => {
  const sizes = [...product.kv.entries.values()].map((text) => text.length)
  assert.ok(sizes.length >= 33, `${sizes.length} values`)
  assert.ok(Math.max(...sizes) < 100_000, `the largest has ${Math.max(...sizes)} bytes`)
})
