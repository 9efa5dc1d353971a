import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { blobsOf } from '../../snapshot/root.ts'
import type { BlobHash, Content } from '../../snapshot/schema.ts'
import { contentAt } from './daily-budget.case.ts'
import { type Allowance, type Mixed, mixLanes, unlimited } from './priority.ts'

/* Hashes are short texts here: what lies under them is nobody's concern. */

const room = (late: number, more: Partial<Allowance> = {}): Allowance => ({
  ...unlimited,
  late: { share: late, burst: 0 },
  ...more,
})

function mixed(before: Content | undefined, next: Content, allowance: Allowance): Mixed {
  return mixLanes(before, next, before ? blobsOf(before) : new Set<BlobHash>(), allowance)
}

const before = contentAt([0, 0], [0, 0, 0])

test('an allowance without limits takes everything', () => {
  const next = contentAt([1, 0], [1, 1, 0])
  const { content, late, mainKeys } = mixed(before, next, unlimited)
  assert.deepEqual(content, next)
  assert.deepEqual(late, { waiting: 0, keys: 0, writes: 2, after: 'endpointReverse/10.0.1.0' })
  assert.equal(mainKeys, 2)
})

test('a lane that is not due keeps what is published, while the main lane moves on', () => {
  const next = contentAt([1, 0], [1, 1, 0])
  const { content, late } = mixed(before, next, { ...unlimited, late: undefined })
  assert.deepEqual(content, { ...next, endpointReverse: before.endpointReverse })
  assert.deepEqual(late, { waiting: 2, keys: 1, writes: 0, after: '' })
})

test('nothing but late changes costs the main lane nothing', () => {
  const next = contentAt([0, 0], [1, 0, 0])
  const { content, mainKeys } = mixed(before, next, { ...unlimited, late: undefined })
  assert.deepEqual(content, before)
  assert.equal(mainKeys, 0)
})

test('late shards take turns', () => {
  let published = before
  let after = ''
  const turns: string[] = []
  for (let version = 1; version <= 7; version++) {
    const { content, late } = mixed(
      published,
      contentAt([0, 0], [version, version, version]),
      room(1, { after }),
    )
    published = content
    after = late.after
    turns.push(after.split('.')[2] ?? '')
  }
  assert.deepEqual(turns, ['0', '1', '2', '0', '1', '2', '0'])
})

test('an emptied shard leaves at once, since it costs no key', () => {
  const next = contentAt([0, 0], [0, 0])
  const { content, late, mainKeys } = mixed(before, next, { ...unlimited, late: undefined })
  assert.deepEqual(content, next)
  assert.equal(late.waiting, 0)
  assert.equal(mainKeys, 1)
})

test('a family whose number of shards changes is kept or taken as a whole', () => {
  const two = { ...before, endpoints: { bits: 1, shards: ['e0', 'e1'] } }
  const four = { ...before, endpoints: { bits: 2, shards: ['f0', 'f1', 'f2', null] } }
  const kept = mixed(two, four, room(2))
  assert.deepEqual(kept.content, two)
  assert.deepEqual(kept.late, { waiting: 1, keys: 3, writes: 0, after: '' })
  assert.deepEqual(mixed(two, four, room(3)).content, four)
})

test('what does not fit holds up what is behind it, or a large family would never have its turn', () => {
  const two = { ...before, endpoints: { bits: 1, shards: ['e0', 'e1'] } }
  const next = {
    ...contentAt([0, 0], [1, 0, 0]),
    endpoints: { bits: 2, shards: ['f0', 'f1', 'f2', 'f3'] },
  }
  const after = 'endpointReverse/10.0.2.0'
  const { content, late } = mixed(two, next, room(3, { after }))
  assert.deepEqual(content, two)
  assert.deepEqual(late, { waiting: 2, keys: 4, writes: 0, after })
})

test('endpoint names that are switched on or off are the main lane’s, whatever is allowed', () => {
  const on: Content = { ...before, endpoints: { bits: 0, shards: ['e0'] } }
  const off: Content = { ...before, endpoints: null, endpointReverse: {} }
  for (const [from, to] of [
    [on, off],
    [off, on],
  ] as const)
    assert.deepEqual(mixed(from, to, { ...unlimited, late: undefined }).content, to)
  assert.equal(mixed(off, on, { ...unlimited, late: undefined }).mainKeys, 5)
})

test('another mode of pod names brings its addresses with it', () => {
  const off: Content = { ...before, pods: 'insecure' }
  const on: Content = { ...before, pods: 'verified', podAddresses: { '10.0.0.0': 'p0' } }
  assert.deepEqual(mixed(off, on, { ...unlimited, late: undefined }).content, on)
  const later: Content = { ...on, podAddresses: { '10.0.0.0': 'p1' } }
  assert.deepEqual(mixed(on, later, { ...unlimited, late: undefined }).content, on)
})

test('the first snapshot: late shards that do not fit are empty', () => {
  const { content, late, mainKeys } = mixed(undefined, before, room(2))
  assert.deepEqual(content.endpointReverse, { '10.0.0.0': 'l0.0', '10.0.1.0': 'l1.0' })
  assert.deepEqual(late, { waiting: 1, keys: 1, writes: 2, after: 'endpointReverse/10.0.1.0' })
  assert.equal(mainKeys, 3)
})

test('where the main lane has too little, the late lane has nothing', () => {
  const next = contentAt([1, 1], [1, 1, 1])
  assert.equal(mixed(before, next, room(3, { main: 2 })).late.writes, 0)
  assert.equal(mixed(before, next, room(3, { main: 3 })).late.writes, 3)
  assert.equal(
    mixed(before, next, { all: 5, main: 3, late: { share: 3, burst: 0 }, after: '' }).late.writes,
    2,
  )
})

test('every shard is the old one or the new one, the main lane’s are new, and nothing costs more than allowed', () => {
  const version = fc.integer({ min: 0, max: 2 })
  const contents = fc
    .tuple(fc.array(version, { minLength: 1, maxLength: 8 }), fc.array(version, { maxLength: 12 }))
    .map(([main, late]) => contentAt(main, late))
  const allowances = fc.record({
    all: fc.nat(20),
    main: fc.nat(20),
    late: fc.option(fc.record({ share: fc.nat(8), burst: fc.nat(20) }), { nil: undefined }),
    after: fc.constantFrom('', 'endpointReverse/10.0.3.0', 'endpointReverse/10.0.9.0'),
  })
  fc.assert(
    fc.property(contents, contents, allowances, (from, to, allowance) => {
      const { content, late, mainKeys } = mixed(from, to, allowance)
      assert.deepEqual(
        { ...content, endpoints: 0, endpointReverse: 0 },
        { ...to, endpoints: 0, endpointReverse: 0 },
      )
      let differ = 0
      for (const prefix of new Set([
        ...Object.keys(from.endpointReverse),
        ...Object.keys(to.endpointReverse),
      ])) {
        const said = content.endpointReverse[prefix]
        const [old, fresh] = [from.endpointReverse[prefix], to.endpointReverse[prefix]]
        assert.ok(said === old || said === fresh)
        if (said !== fresh) differ++
      }
      assert.equal(differ, late.waiting)
      const there = blobsOf(from)
      const cost = [...blobsOf(content)].filter((hash) => !there.has(hash)).length
      assert.equal(cost, Math.max(0, mainKeys - 1) + late.writes)
      if (late.writes > 0) assert.ok(late.writes + Math.max(1, mainKeys) <= allowance.all)
      if (late.writes > 0) assert.ok(mainKeys <= allowance.main)
    }),
  )
})
