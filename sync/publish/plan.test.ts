import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { readRoot } from '../../snapshot/read-root.ts'
import type { Content, Root } from '../../snapshot/schema.ts'
import { sameContent } from '../build/content.ts'
import { agentDefaults } from '../options.ts'
import { noneDeferred } from '../schedule/deferred-shards.ts'
import { type KeyQuota, unlimitedQuota } from '../schedule/write-budget.ts'
import { type Plan, type PlanContext, planPublish } from './plan.ts'

const context: PlanContext = {
  cluster: 'test',
  nowMs: 1_800_000_000_123,
  asOfMs: 1_800_000_000_000,
  term: 3,
  heartbeatMs: 300_000,
  putAll: false,
}

type Given = { content: Content; blobs: Map<string, string> }

/** Content whose one shard is the blob of these texts, in order. */
async function snapshot(...texts: string[]): Promise<Given> {
  const blobs = new Map(await Promise.all(texts.map(async (text) => [await hashBlob(text), text] as const)))
  const content: Content = {
    domain: 'cluster.local',
    static: false,
    staleAfterMs: agentDefaults.staleAfterMs,
    expiresAfterMs: agentDefaults.expiresAfterMs,
    ttl: 5,
    pods: 'disabled',
    namespaces: ['prod'],
    policy: null,
    services: { bits: Math.log2(texts.length), shards: [...blobs.keys()] },
    reverse: {},
    endpoints: null,
    endpointReverse: {},
    podAddresses: {},
  }
  return { content, blobs }
}

function rootOf(plan: Plan): Root {
  assert.ok(plan.kind !== 'nothing')
  return plan.root
}

function putOf(plan: Plan): string[] {
  return plan.kind === 'nothing' ? [] : [...plan.put.values()]
}

test('the generation of the first root is the time, and everything is written', async () => {
  const plan = planPublish(undefined, await snapshot('a', 'b'), context)
  assert.equal(plan.kind, 'first')
  assert.deepEqual(putOf(plan), ['a', 'b'])
  const root = rootOf(plan)
  assert.equal(root.generation, context.nowMs)
  assert.equal(root.serial, 1_800_000_000)
  assert.equal(root.term, 3)
  assert.equal(root.asOfMs, context.asOfMs)
  assert.deepEqual(readRoot(JSON.stringify(root)), root)
})

test('without changes nothing is written until the heartbeat is due', async () => {
  const same = await snapshot('a', 'b')
  const first = rootOf(planPublish(undefined, same, context))
  const early = planPublish(first, same, { ...context, nowMs: context.nowMs + 299_999 })
  assert.deepEqual(early, { kind: 'nothing', deferred: noneDeferred, neededKeys: 0 })
  const later = { ...context, nowMs: context.nowMs + 300_000, asOfMs: context.asOfMs + 299_000 }
  const beat = planPublish(first, same, later)
  assert.equal(beat.kind, 'heartbeat')
  assert.deepEqual(putOf(beat), [])
  assert.deepEqual({ ...rootOf(beat), generation: 0, asOfMs: 0 }, { ...first, generation: 0, asOfMs: 0 })
})

test('a static root has no heartbeat', async () => {
  const { content, blobs } = await snapshot('a')
  const given = { content: { ...content, static: true }, blobs }
  const first = rootOf(planPublish(undefined, given, context))
  assert.equal(planPublish(first, given, { ...context, nowMs: context.nowMs + 1e9 }).kind, 'nothing')
})

test('blobs that the published root uses are not written again', async () => {
  const first = rootOf(planPublish(undefined, await snapshot('a', 'b'), context))
  const plan = planPublish(first, await snapshot('a', 'c'), context)
  assert.equal(plan.kind, 'content')
  assert.deepEqual(putOf(plan), ['c'])
})

test('A → B → A writes A again: the edge may have deleted it', async () => {
  const a = await snapshot('a')
  const first = rootOf(planPublish(undefined, a, context))
  const second = rootOf(planPublish(first, await snapshot('b'), context))
  assert.deepEqual(putOf(planPublish(second, a, context)), ['a'])
})

test('an edge that lost a blob gets all blobs again', async () => {
  const a = await snapshot('a', 'b')
  const first = rootOf(planPublish(undefined, a, context))
  const plan = planPublish(first, a, { ...context, putAll: true })
  assert.equal(plan.kind, 'repair')
  assert.deepEqual(putOf(plan), ['a', 'b'])
})

test('generation and serial grow even if the clock was set back', async () => {
  const first = rootOf(planPublish(undefined, await snapshot('a'), context))
  const next = rootOf(planPublish(first, await snapshot('b'), { ...context, nowMs: context.nowMs - 5000 }))
  assert.equal(next.generation, first.generation + 1)
  assert.equal(next.serial, first.serial + 1)
})

/** A budget in which keys cost nothing, with this quota. */
const budgetOf = (quota: Partial<KeyQuota>): NonNullable<PlanContext['budget']> => ({
  ...{ paidUntilMs: 0, writeMs: 0, quota: { ...unlimitedQuota, ...quota } },
})

/** A snapshot with one priority and one deferred shard. */
async function shards(priority: string, deferred: string): Promise<Given> {
  const { content, blobs } = await snapshot(priority)
  const hash = await hashBlob(deferred)
  return {
    content: { ...content, endpointReverse: { '10.0.0.0': hash } },
    blobs: new Map([...blobs, [hash, deferred]]),
  }
}

const notDue = budgetOf({ deferred: undefined })

test('a deferred shard that is not due is not written, and the root names the published one', async () => {
  const first = rootOf(planPublish(undefined, await shards('a', 'x'), context))
  const plan = planPublish(first, await shards('b', 'y'), { ...context, budget: notDue })
  assert.equal(plan.kind, 'content')
  assert.deepEqual(putOf(plan), ['b'])
  assert.deepEqual(rootOf(plan).endpointReverse, first.endpointReverse)
  assert.equal(plan.deferred.waiting, 1)
  const later = planPublish(rootOf(plan), await shards('b', 'y'), context)
  assert.deepEqual(putOf(later), ['y'])
  assert.equal(later.deferred.waiting, 0)
})

test('while only deferred shards wait, there are heartbeats, and the serial does not change', async () => {
  const first = rootOf(planPublish(undefined, await shards('a', 'x'), context))
  const next = await shards('a', 'y')
  const soon = planPublish(first, next, { ...context, budget: notDue })
  assert.deepEqual(soon, {
    kind: 'nothing',
    deferred: { ...noneDeferred, waiting: 1, keys: 1 },
    neededKeys: 0,
  })
  const beat = planPublish(first, next, {
    ...context,
    nowMs: context.nowMs + 300_000,
    budget: notDue,
  })
  assert.equal(beat.kind, 'heartbeat')
  assert.deepEqual(putOf(beat), [])
  assert.equal(rootOf(beat).serial, first.serial)
  assert.deepEqual(rootOf(beat).endpointReverse, first.endpointReverse)
})

test('priority shards that exceed the quota wait together, for a known number of keys', async () => {
  const first = rootOf(planPublish(undefined, await snapshot('a', 'b'), context))
  const budget = budgetOf({ priority: 2 })
  const short = planPublish(first, await snapshot('c', 'd'), { ...context, budget })
  assert.deepEqual(short, { kind: 'nothing', deferred: noneDeferred, neededKeys: 3 })
  assert.equal(planPublish(first, await snapshot('a', 'c'), { ...context, budget }).kind, 'content')
})

test('a first root does not wait for the budget, and a repair writes everything', async () => {
  const budget = budgetOf({ total: 1, priority: 1, deferred: undefined })
  const first = planPublish(undefined, await shards('a', 'x'), { ...context, budget })
  assert.equal(first.kind, 'first')
  assert.deepEqual(putOf(first), ['a'])
  const plan = planPublish(rootOf(first), await shards('a', 'y'), { ...context, budget, putAll: true })
  assert.deepEqual(putOf(plan), ['a', 'y'])
})

test('sameContent ignores the order of fields and compares every value', async () => {
  const { content } = await snapshot('a')
  const turned = Object.fromEntries(Object.entries(content).toReversed()) as Content
  assert.ok(sameContent(content, turned))
  assert.ok(!sameContent(content, { ...content, ttl: 6 }))
  assert.ok(!sameContent(content, { ...content, endpoints: { bits: 0, shards: [null] } }))
  assert.ok(!sameContent(content, { ...content, namespaces: ['prod', 'dev'] }))
})
