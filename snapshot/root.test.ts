import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleRoot, exampleTimeMs, someHash } from './arbitrary.case.ts'
import { type SnapshotCode, SnapshotError } from './errors.ts'
import { forgeries, makeParties, signAs } from './forge.case.ts'
import { importTrustedKeys } from './key.ts'
import { blobsOf, checkPolicyKept, hasPolicy, isExpired, signRoot, supersedes, verifyRoot } from './root.ts'
import type { Root } from './schema.ts'

const parties = await makeParties()
const { agent, stranger, trusted } = parties
const expected = { cluster: 'prod', keys: trusted, nowMs: exampleTimeMs }
const good = { alg: 'EdDSA', typ: 'kubedoh-root', kid: agent.kid }

function refused(code: SnapshotCode): (error: unknown) => boolean {
  return (error) => error instanceof SnapshotError && error.code === code && error.message !== ''
}

test('verifying a signed root returns the root', async () => {
  const root = exampleRoot()
  const jws = await signRoot(root, agent)
  assert.deepEqual(await verifyRoot(jws, expected), { root, kid: agent.kid, jws })
  const [header = ''] = jws.split('.')
  assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), good)
  // Ed25519 is deterministic: signing the same root again gives the same bytes.
  assert.equal(await signRoot(root, agent), jws)
})

test('during a key rotation, roots of both keys verify', async () => {
  const keys = await importTrustedKeys([stranger.publicKey, agent.publicKey])
  for (const key of [agent, stranger]) {
    const verified = await verifyRoot(await signRoot(exampleRoot(), key), { ...expected, keys })
    assert.equal(verified.kid, key.kid)
  }
  const none = await importTrustedKeys([])
  await assert.rejects(
    verifyRoot(await signRoot(exampleRoot(), agent), { ...expected, keys: none }),
    refused('ROOT_UNVERIFIED'),
  )
})

test('every forgery is rejected with the same error', async (t) => {
  const root = exampleRoot()
  const jws = await signRoot(root, agent)
  const messages = new Set<string>()
  for (const [what, forged] of await forgeries(jws, root, 'kubedoh-root', parties)) {
    await t.test(what, async () => {
      await assert.rejects(verifyRoot(forged, expected), (error) => {
        messages.add((error as Error).message)
        return refused('ROOT_UNVERIFIED')(error)
      })
    })
  }
  assert.equal(messages.size, 1)
})

const minute = 60_000
const day = 86_400_000

/** Roots that are refused although the agent signed them. */
const unfit: readonly (readonly [what: string, changes: Partial<Root>, code: SnapshotCode])[] = [
  ['of another cluster', { cluster: 'staging' }, 'ROOT_CLUSTER'],
  ['of a cluster in capitals', { cluster: 'PROD' }, 'ROOT_CLUSTER'],
  ['data from the future', { asOfMs: exampleTimeMs + 2 * minute + 1 }, 'ROOT_FUTURE'],
  ['a generation from the future', { generation: exampleTimeMs + 2 * minute + 1 }, 'ROOT_FUTURE'],
  ['a static one from the future', { static: true, asOfMs: exampleTimeMs + 2 * minute + 1 }, 'ROOT_FUTURE'],
  ['expired', { asOfMs: exampleTimeMs - day - 1 }, 'ROOT_EXPIRED'],
  ['a schema of the future', { schema: 2 as 1 }, 'SCHEMA'],
  ['of another cluster and expired', { cluster: 'staging', asOfMs: 0 }, 'ROOT_CLUSTER'],
  ['of another cluster and another schema', { cluster: 'staging', schema: 2 as 1 }, 'SCHEMA'],
]

for (const [what, changes, code] of unfit) {
  test(`${code}: ${what}`, async () => {
    await assert.rejects(verifyRoot(await signRoot(exampleRoot(changes), agent), expected), refused(code))
  })
}

test('SCHEMA: a signed text that is not a root', async () => {
  for (const payload of ['{', '[]', 'null', '"root"', '{}', '\xff']) {
    await assert.rejects(verifyRoot(await signAs(payload, good, agent), expected), refused('SCHEMA'))
  }
})

test('a root at the exact limit of its age is valid', async () => {
  const edges: readonly Partial<Root>[] = [
    { asOfMs: exampleTimeMs + 2 * minute, generation: exampleTimeMs + 2 * minute },
    { asOfMs: exampleTimeMs - day },
    { asOfMs: 0, static: true },
    { asOfMs: exampleTimeMs, expiresAfterMs: 0 },
  ]
  for (const changes of edges) {
    assert.ok(await verifyRoot(await signRoot(exampleRoot(changes), agent), expected))
  }
})

test('data expires after the time in its root; static data never expires', () => {
  const root = exampleRoot({ asOfMs: 1_000, expiresAfterMs: 500 })
  assert.equal(isExpired(root, 1_500), false)
  assert.equal(isExpired(root, 1_501), true)
  assert.equal(isExpired(root, 0), false)
  assert.equal(isExpired({ ...root, static: true }, 1e15), false)
})

test('roots are ordered by generation, then by term', () => {
  const current = { generation: 10, term: 2, jws: 'a' }
  assert.equal(supersedes(undefined, current), true)
  assert.equal(supersedes(current, { generation: 11, term: 0, jws: 'b' }), true)
  assert.equal(supersedes(current, { generation: 10, term: 3, jws: 'b' }), true)
  assert.equal(supersedes(current, { ...current }), false)
  for (const [generation, term] of [
    [9, 9],
    [9, 2],
    [10, 1],
    [0, 0],
  ] as const) {
    assert.throws(() => supersedes(current, { generation, term, jws: 'a' }), refused('ROOT_OLDER'))
  }
  assert.throws(() => supersedes(current, { ...current, jws: 'b' }), refused('ROOT_CONFLICT'))
  const largest = Number.MAX_SAFE_INTEGER
  assert.equal(
    supersedes(
      { generation: largest - 1, term: largest, jws: 'a' },
      { generation: largest, term: 0, jws: 'b' },
    ),
    true,
  )
})

test('a root without policy replaces one that has a policy only if it says so', async () => {
  const closed = await signRoot(exampleRoot(), agent)
  const open = await signRoot(exampleRoot({ policy: null }), agent)
  assert.throws(() => checkPolicyKept(closed, { policy: null }), refused('ROOT_POLICY'))
  assert.throws(() => checkPolicyKept(closed, { policy: null, policyDropped: false }), refused('ROOT_POLICY'))
  checkPolicyKept(closed, { policy: null, policyDropped: true })
  checkPolicyKept(closed, exampleRoot())
  checkPolicyKept(open, { policy: null })
})

test('the policy of a root is found whatever its schema is', () => {
  const jwsOf = (payload: string): string => `e30.${Buffer.from(payload).toString('base64url')}.AAAA`
  assert.equal(hasPolicy(jwsOf('{"schema":9,"policy":{"form":"new"}}')), true)
  assert.equal(hasPolicy(jwsOf('{"schema":9,"policy":null}')), false)
  assert.equal(hasPolicy(jwsOf('{"schema":9}')), false)
  assert.equal(hasPolicy(jwsOf('no JSON')), false)
})

test('a root names each of its blobs once', () => {
  const hashes = [1, 2, 3, 4, 5, 6].map(someHash)
  assert.deepEqual([...blobsOf(exampleRoot())].toSorted(), hashes.toSorted())
  const list = { namespaces: { blob: someHash(7) }, policy: null, endpoints: null }
  assert.deepEqual([...blobsOf(exampleRoot(list))].toSorted(), [2, 3, 5, 6, 7].map(someHash).toSorted())
  const same = exampleRoot({
    policy: { head: someHash(2), tokens: { bits: 0, shards: [someHash(11)] } },
    reverse: { a: someHash(2), b: someHash(2) },
    endpoints: null,
    endpointReverse: {},
    podAddresses: {},
  })
  assert.deepEqual([...blobsOf(same)].toSorted(), [someHash(2), someHash(11)].toSorted())
})

test('the message of an error does not repeat a long text of the root', async () => {
  const jws = await signRoot(exampleRoot({ cluster: 'x'.repeat(100_000) }), agent)
  await assert.rejects(verifyRoot(jws, expected), (error) => {
    assert.ok(error instanceof SnapshotError && error.code === 'ROOT_CLUSTER')
    assert.match(error.message, /^the root belongs to cluster xxx/)
    assert.ok(error.message.length < 1_100)
    return true
  })
})
