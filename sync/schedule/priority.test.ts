import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { blobsOf } from '../../snapshot/root.ts'
import type { BlobHash, Content } from '../../snapshot/schema.ts'
import { contentAt } from './churn.case.ts'
import { type Prioritized, prioritize } from './priority.ts'
import { type KeyQuota, unlimitedQuota } from './write-budget.ts'

/* Hashes are short texts here, since no blob is read. */

const room = (share: number, more: Partial<KeyQuota> = {}): KeyQuota => ({
  ...unlimitedQuota,
  deferred: { share, burst: 0 },
  ...more,
})

function allowed(before: Content | undefined, next: Content, quota: KeyQuota): Prioritized {
  return prioritize(before, next, before ? blobsOf(before) : new Set<BlobHash>(), quota)
}

const notDue: KeyQuota = { ...unlimitedQuota, deferred: undefined }
const before = contentAt([0, 0], [0, 0, 0])

test('an unlimited quota takes everything', () => {
  const next = contentAt([1, 0], [1, 1, 0])
  const { content, deferred, priorityKeys } = allowed(before, next, unlimitedQuota)
  assert.deepEqual(content, next)
  assert.deepEqual(deferred, { waiting: 0, keys: 0, writes: 2, after: 'endpointReverse/10.0.1.0' })
  assert.equal(priorityKeys, 2)
})

test('deferred shards that are not due keep their published state while priority shards change', () => {
  const next = contentAt([1, 0], [1, 1, 0])
  const { content, deferred } = allowed(before, next, notDue)
  assert.deepEqual(content, { ...next, endpointReverse: before.endpointReverse })
  assert.deepEqual(deferred, { waiting: 2, keys: 1, writes: 0, after: '' })
})

test('changes of deferred shards alone need no keys for priority shards', () => {
  const next = contentAt([0, 0], [1, 0, 0])
  const { content, priorityKeys } = allowed(before, next, notDue)
  assert.deepEqual(content, before)
  assert.equal(priorityKeys, 0)
})

test('deferred shards take turns', () => {
  let published = before
  let after = ''
  const turns: string[] = []
  for (let version = 1; version <= 7; version++) {
    const { content, deferred } = allowed(
      published,
      contentAt([0, 0], [version, version, version]),
      room(1, { after }),
    )
    published = content
    after = deferred.after
    turns.push(after.split('.')[2] ?? '')
  }
  assert.deepEqual(turns, ['0', '1', '2', '0', '1', '2', '0'])
})

test('a shard without addresses is removed at once, since that needs no key', () => {
  const next = contentAt([0, 0], [0, 0])
  const { content, deferred, priorityKeys } = allowed(before, next, notDue)
  assert.deepEqual(content, next)
  assert.equal(deferred.waiting, 0)
  assert.equal(priorityKeys, 1)
})

test('a family whose number of shards changes is published as a whole or not at all', () => {
  const two = { ...before, endpoints: { bits: 1, shards: ['e0', 'e1'] } }
  const four = { ...before, endpoints: { bits: 2, shards: ['f0', 'f1', 'f2', null] } }
  const kept = allowed(two, four, room(2))
  assert.deepEqual(kept.content, two)
  assert.deepEqual(kept.deferred, { waiting: 1, keys: 3, writes: 0, after: '' })
  assert.deepEqual(allowed(two, four, room(3)).content, four)
})

test('a unit that does not fit blocks those after it, so that a large family gets its turn', () => {
  const two = { ...before, endpoints: { bits: 1, shards: ['e0', 'e1'] } }
  const next = {
    ...contentAt([0, 0], [1, 0, 0]),
    endpoints: { bits: 2, shards: ['f0', 'f1', 'f2', 'f3'] },
  }
  const after = 'endpointReverse/10.0.2.0'
  const { content, deferred } = allowed(two, next, room(3, { after }))
  assert.deepEqual(content, two)
  assert.deepEqual(deferred, { waiting: 2, keys: 4, writes: 0, after })
})

test('endpoint names that are switched on or off count as priority shards', () => {
  const on: Content = { ...before, endpoints: { bits: 0, shards: ['e0'] } }
  const off: Content = { ...before, endpoints: null, endpointReverse: {} }
  for (const [from, to] of [
    [on, off],
    [off, on],
  ] as const)
    assert.deepEqual(allowed(from, to, notDue).content, to)
  assert.equal(allowed(off, on, notDue).priorityKeys, 5)
})

test('a changed mode of pod names takes the addresses of pods with it', () => {
  const off: Content = { ...before, pods: 'insecure' }
  const on: Content = { ...before, pods: 'verified', podAddresses: { '10.0.0.0': 'p0' } }
  assert.deepEqual(allowed(off, on, notDue).content, on)
  const later: Content = { ...on, podAddresses: { '10.0.0.0': 'p1' } }
  assert.deepEqual(allowed(on, later, notDue).content, on)
})

test('the first snapshot: deferred shards that do not fit are left out', () => {
  const { content, deferred, priorityKeys } = allowed(undefined, before, room(2))
  assert.deepEqual(content.endpointReverse, { '10.0.0.0': 'd0.0', '10.0.1.0': 'd1.0' })
  assert.deepEqual(deferred, { waiting: 1, keys: 1, writes: 2, after: 'endpointReverse/10.0.1.0' })
  assert.equal(priorityKeys, 3)
})

test('when priority shards need more keys than the quota has, deferred shards get none', () => {
  const next = contentAt([1, 1], [1, 1, 1])
  assert.equal(allowed(before, next, room(3, { priority: 2 })).deferred.writes, 0)
  assert.equal(allowed(before, next, room(3, { priority: 3 })).deferred.writes, 3)
  assert.equal(
    allowed(before, next, { total: 5, priority: 3, deferred: { share: 3, burst: 0 }, after: '' }).deferred
      .writes,
    2,
  )
})

test('every deferred shard is the old or the new one, priority shards are new, and the quota is kept', () => {
  const version = fc.integer({ min: 0, max: 2 })
  const contents = fc
    .tuple(fc.array(version, { minLength: 1, maxLength: 8 }), fc.array(version, { maxLength: 12 }))
    .map(([priority, deferred]) => contentAt(priority, deferred))
  const quotas = fc.record({
    total: fc.nat(20),
    priority: fc.nat(20),
    deferred: fc.option(fc.record({ share: fc.nat(8), burst: fc.nat(20) }), { nil: undefined }),
    after: fc.constantFrom('', 'endpointReverse/10.0.3.0', 'endpointReverse/10.0.9.0'),
  })
  fc.assert(
    fc.property(contents, contents, quotas, (from, to, quota) => {
      const { content, deferred, priorityKeys } = allowed(from, to, quota)
      assert.deepEqual(
        { ...content, endpoints: 0, endpointReverse: 0 },
        { ...to, endpoints: 0, endpointReverse: 0 },
      )
      let differ = 0
      for (const prefix of new Set([
        ...Object.keys(from.endpointReverse),
        ...Object.keys(to.endpointReverse),
      ])) {
        const chosen = content.endpointReverse[prefix]
        const [old, fresh] = [from.endpointReverse[prefix], to.endpointReverse[prefix]]
        assert.ok(chosen === old || chosen === fresh)
        if (chosen !== fresh) differ++
      }
      assert.equal(differ, deferred.waiting)
      const stored = blobsOf(from)
      const cost = [...blobsOf(content)].filter((hash) => !stored.has(hash)).length
      assert.equal(cost, Math.max(0, priorityKeys - 1) + deferred.writes)
      if (deferred.writes > 0) assert.ok(deferred.writes + Math.max(1, priorityKeys) <= quota.total)
      if (deferred.writes > 0) assert.ok(priorityKeys <= quota.priority)
    }),
  )
})

test('a changed policy is never deferred', () => {
  const policy = { head: 'head', tokens: { bits: 1, shards: ['tokens', null] } }
  const next = { ...contentAt([0, 0], [1, 1, 1]), policy }
  const { content, priorityKeys } = allowed(before, next, notDue)
  assert.deepEqual(content, { ...before, policy })
  assert.equal(priorityKeys, 3, 'two blobs and the root')
})
