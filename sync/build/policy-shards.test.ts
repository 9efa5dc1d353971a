import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBlob } from '../../snapshot/decode.ts'
import type { PolicyHead } from '../../snapshot/policy/schema.ts'
import { hashToken, tokenShard } from '../../snapshot/policy/token.ts'
import { parseSelector } from '../objects/label-selector.ts'
import type { NamespaceEntry } from '../objects/namespace.ts'
import { maxScopeNames } from '../policy/build.ts'
import { closedPolicy, type Policy, type ScopeSelector, type TokenEntry } from '../policy/policy.ts'
import { createPolicyShards, type SelectedNamespaces, type SettledPolicy } from './policy-shards.ts'

const entry = (hash: string, scope: ScopeSelector): TokenEntry => ({
  ...{ name: 'a', hash, scope, notBeforeMs: 0, expiresMs: null, doors: ['path'], forward: false },
})

/** A policy with so many tokens of one scope. */
async function policyOf(count: number, scope: ScopeSelector = { kind: 'all' }, salt = ''): Promise<Policy> {
  const names = Array.from({ length: count }, (_, index) => `${salt}${index}`)
  const tokens = await Promise.all(names.map(async (name) => entry(await hashToken(name), scope)))
  return { ...closedPolicy, tokens }
}

function namespaces(version: number, labels: Readonly<Record<string, string>> = {}): SelectedNamespaces {
  const list: NamespaceEntry[] = Object.entries(labels).map(([name, team]) => ({
    ...{ name, isSelected: true, labels: [['team', team]] },
  }))
  return { version, list: () => list }
}

function headOf({ blobs }: SettledPolicy): PolicyHead {
  const head = decodeBlob(blobs[0]?.text() ?? '')
  assert.equal(head.kind, 'policy')
  return head
}

/** The same policy, encoded by a builder of its own. */
async function alone(policy: Policy): Promise<SettledPolicy> {
  return createPolicyShards().settle({ policy, published: null }, namespaces(0))
}

test('without a policy there is none', async () => {
  assert.deepEqual(await createPolicyShards().settle(undefined, namespaces(0)), { ref: null, blobs: [] })
})

test('each token is in the shard of its hash, and the shards are of the intended size', async () => {
  const { ref, blobs } = await alone(await policyOf(2_000))
  assert.ok(ref)
  const { bits, shards } = ref.tokens
  assert.equal(blobs.length, 1 + shards.filter((hash) => hash !== null).length)
  const texts = new Map(blobs.map(({ hash, text }) => [hash, text()]))
  let count = 0
  for (const [index, hash] of shards.entries()) {
    const blob = decodeBlob(texts.get(hash ?? '') ?? '')
    assert.ok(blob.kind === 'tokens')
    for (const token of blob.tokens.keys()) assert.equal(tokenShard(token, bits), index)
    count += blob.tokens.size
  }
  assert.equal(count, 2_000)
  const mean = [...texts.values()].reduce((sum, text) => sum + text.length, 0) / shards.length
  assert.ok(mean > 8 * 1024 && mean < 33 * 1024, String(mean))
})

test('of 10,000 tokens, a token that is taken out changes one shard, and no blob is large', async () => {
  const policy = await policyOf(10_000)
  const shards = createPolicyShards()
  const first = await shards.settle({ policy, published: null }, namespaces(0))
  const sizes = first.blobs.map(({ text }) => text().length)
  assert.ok(Math.max(...sizes) < 64 * 1024, String(Math.max(...sizes)))
  const revoked = { ...policy, tokens: policy.tokens.slice(1) }
  const second = await shards.settle({ policy: revoked, published: first.ref }, namespaces(0))
  const known = new Set(first.blobs.map(({ hash }) => hash))
  assert.equal(second.blobs.filter(({ hash }) => !known.has(hash)).length, 1)
})

test('the number of shards depends on the published one, within its hysteresis', async () => {
  const policy = await policyOf(500)
  const first = await alone(policy)
  const bits = first.ref?.tokens.bits ?? assert.fail()
  const published = { head: '', tokens: { bits: bits + 1, shards: [] } }
  const kept = await createPolicyShards().settle({ policy, published }, namespaces(0))
  assert.equal(kept.ref?.tokens.bits, bits + 1)
})

test('the same policy is not encoded again, whatever else changes', async () => {
  const shards = createPolicyShards()
  const policy = await policyOf(100)
  const first = await shards.settle({ policy, published: null }, namespaces(1))
  const again = await shards.settle({ policy, published: first.ref }, namespaces(1))
  assert.equal(again, first, 'the same object')
  const changed = await shards.settle({ policy, published: first.ref }, namespaces(2))
  assert.deepEqual(changed.ref, first.ref, 'encoded again, to the same bytes')
})

test('labels select namespaces at each build', async () => {
  const shards = createPolicyShards()
  const selector = parseSelector('team=a')
  const policy = await policyOf(1, { kind: 'namespaceLabels', selector, text: 'team=a' })
  const first = await shards.settle(
    { policy, published: null },
    namespaces(1, { dev: 'a', prod: 'b', ci: 'a' }),
  )
  assert.deepEqual(headOf(first).scopes, [['ci', 'dev']])
  const second = await shards.settle(
    { policy, published: first.ref },
    namespaces(2, { dev: 'b', prod: 'b', ci: 'a' }),
  )
  assert.deepEqual(headOf(second).scopes, [['ci']])
})

test('a broken source without any good policy admits nobody', async () => {
  const settled = await createPolicyShards().settle({ policy: undefined, published: null }, namespaces(0))
  assert.deepEqual(headOf(settled), {
    ...{ kind: 'policy', scopes: [], anonymous: null, networks: [], minting: [] },
  })
  assert.deepEqual(settled.ref?.tokens, { bits: 0, shards: [null] })
})

test('after a restart, a broken source leaves the published policy as it is', async () => {
  const { ref } = await alone(await policyOf(3))
  const settled = await createPolicyShards().settle({ policy: undefined, published: ref }, namespaces(0))
  assert.deepEqual(settled, { ref, blobs: [] })
})

test('while its source is broken, a policy of this process is still resolved', async () => {
  const shards = createPolicyShards()
  const policy = await policyOf(1, {
    kind: 'namespaceLabels',
    selector: parseSelector('team=a'),
    text: 'team=a',
  })
  const first = await shards.settle({ policy, published: null }, namespaces(1, { dev: 'a' }))
  const second = await shards.settle({ policy: undefined, published: first.ref }, namespaces(2, { dev: 'b' }))
  assert.deepEqual(headOf(second).scopes, [[]])
})

test('a change that was not published before the source broke is published', async () => {
  const shards = createPolicyShards()
  const [before, after] = [await policyOf(2), await policyOf(1)]
  const first = await shards.settle({ policy: before, published: null }, namespaces(0))
  const revoked = await shards.settle({ policy: after, published: first.ref }, namespaces(0))
  // The publish failed, and the published policy is still the first.
  const broken = await shards.settle({ policy: undefined, published: first.ref }, namespaces(0))
  assert.deepEqual(broken.ref, revoked.ref)
})

test('a policy that another replica published counts more than the own one', async () => {
  const shards = createPolicyShards()
  await shards.settle({ policy: await policyOf(1), published: null }, namespaces(0))
  const { ref } = await alone(await policyOf(2))
  assert.deepEqual(await shards.settle({ policy: undefined, published: ref }, namespaces(0)), {
    ref,
    blobs: [],
  })
})

test('while another replica publishes, the own policy is forgotten', async () => {
  const shards = createPolicyShards()
  const [before, after] = [await policyOf(1), await policyOf(2)]
  const first = await shards.settle({ policy: before, published: null }, namespaces(0))
  await shards.settle({ policy: after, published: first.ref }, namespaces(0))
  shards.forget()
  // The other replica published the first one again.
  const settled = await shards.settle({ policy: undefined, published: first.ref }, namespaces(0))
  assert.deepEqual(settled, { ref: first.ref, blobs: [] })
})

test('an edge that lost its root gets the last good policy with all blobs', async () => {
  const shards = createPolicyShards()
  const first = await shards.settle({ policy: await policyOf(2), published: null }, namespaces(0))
  const again = await shards.settle({ policy: undefined, published: null }, namespaces(0))
  assert.deepEqual(again.ref, first.ref)
  assert.equal(again.blobs.length, 2)
})

test('a policy whose scopes are too large is a problem, and the published one stays', async () => {
  const names = Array.from({ length: maxScopeNames + 1 }, (_, index) => `n${index}`)
  const policy = await policyOf(1, { kind: 'namespaces', names })
  const { ref } = await alone(await policyOf(3))
  const settled = await createPolicyShards().settle({ policy, published: ref }, namespaces(0))
  assert.deepEqual(settled.ref, ref)
  assert.match(settled.problem ?? '', /scopes list 25001 namespaces/)
  const first = await createPolicyShards().settle({ policy, published: null }, namespaces(0))
  assert.deepEqual(headOf(first).scopes, [], 'nobody is admitted')
})
