import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleRoot, someHash } from '../../snapshot/arbitrary.case.ts'
import { packRoot } from '../../snapshot/bucket.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import type { Root } from '../../snapshot/schema.ts'
import type { Need, Slot } from '../answer/needs.ts'
import { createBuckets } from './buckets.ts'
import { areIn, knownHash, openHash } from './shard-hash.ts'

/** All buckets come with the root. */
const nothing = () => assert.fail('no bucket is read')

/** A root as a view has it, in both schemas; its buckets are not checked. */
async function views(root: Root): Promise<Record<'one' | 'two', Parameters<typeof knownHash>[0]>> {
  const { root: packed, buckets } = await packRoot(root, 0)
  const value = joinRootValue('jws', buckets)
  const one: Parameters<typeof knownHash>[0] = { root, buckets: undefined }
  return { one, two: { root: packed, buckets: createBuckets(packed, value, undefined) } }
}

const root = exampleRoot({ namespaces: { blob: someHash(9) } })
const slots: readonly (readonly [slot: Slot, hash: string | null])[] = [
  [{ family: 'services', bits: 1, shard: 0 }, someHash(2)],
  [{ family: 'services', bits: 1, shard: 1 }, null],
  [{ family: 'endpoints', bits: 0, shard: 0 }, someHash(4)],
  [{ family: 'reverse', prefix: '10.96.0.0' }, someHash(3)],
  [{ family: 'reverse', prefix: '__proto__' }, null],
  [{ family: 'endpointReverse', prefix: 'fd00::100' }, someHash(5)],
  [{ family: 'endpointReverse', prefix: '10.96.0.0' }, null],
  [{ family: 'podAddresses', prefix: '10.244.1.0' }, someHash(6)],
]
const inRoot: typeof slots = [
  [{ family: 'policy' }, someHash(1)],
  [{ family: 'tokens', bits: 1, shard: 1 }, someHash(3)],
  [{ family: 'namespaces' }, someHash(9)],
]

test('both schemas have the same hash at every slot; in schema 2 it is known once its bucket was checked', async () => {
  const { one, two } = await views(root)
  for (const [slot, hash] of [...slots, ...inRoot]) assert.equal(knownHash(one, slot), hash)
  for (const [slot, hash] of inRoot) assert.equal(knownHash(two, slot), hash)
  for (const [slot] of slots) assert.equal(knownHash(two, slot), undefined)
  for (const [slot, hash] of [...slots, ...inRoot]) assert.equal(await openHash(two, slot, nothing), hash)
  for (const [slot, hash] of slots) assert.equal(knownHash(two, slot), hash)
})

const needs = [...slots, ...inRoot].map(([slot, hash]): Need => ({ slot, hash }))

test('needs are in a root with the same hashes at the same slots, and not once a family has another number of shards', async () => {
  const { one } = await views(root)
  const withRoot = (change: Partial<Root>): typeof one => ({ ...one, root: { ...root, ...change } })
  assert.deepEqual([areIn(one, needs), areIn(withRoot({ ttl: 9, serial: 9 }), needs)], [true, true])
  assert.equal(areIn(withRoot({ services: { bits: 1, shards: [null, null] } }), needs), false)
  assert.equal(areIn(withRoot({ reverse: {} }), needs), false)
  assert.equal(areIn(withRoot({ endpoints: null }), needs), false)
  assert.equal(areIn(withRoot({ namespaces: ['prod'] }), needs), false)
  // The shard at this place is empty in both roots, but a Service of it would now be in the other half.
  const second = { family: 'services', bits: 1, shard: 1 } as const
  const halved = withRoot({ services: { bits: 2, shards: [null, null, null, someHash(8)] } })
  assert.equal(areIn(halved, [{ slot: second, hash: null }]), false)
})

test('needs are not known to be in a root of schema 2 before its buckets were checked', async () => {
  const { two } = await views(root)
  assert.equal(areIn(two, needs), false)
  for (const { slot } of needs) await openHash(two, slot, nothing)
  assert.equal(areIn(two, needs), true)
  assert.equal(areIn(two, [...needs, { slot: { family: 'namespaces' }, hash: undefined }]), false)
})
