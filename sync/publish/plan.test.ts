import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { readRoot } from '../../snapshot/read-root.ts'
import type { Content, Root } from '../../snapshot/schema.ts'
import { sameContent } from '../build/content.ts'
import { agentDefaults } from '../options.ts'
import { type Allowance, noLate, unlimited } from '../schedule/priority.ts'
import { type Changes, type PlanContext, planChanges } from './plan.ts'

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

function rootOf(changes: Changes): Root {
  assert.ok(changes.kind !== 'nothing')
  return changes.root
}

function putOf(changes: Changes): string[] {
  return changes.kind === 'nothing' ? [] : [...changes.put.values()]
}

test('the first root names the time as its generation, and everything is written', async () => {
  const changes = planChanges(undefined, await snapshot('a', 'b'), context)
  assert.equal(changes.kind, 'first')
  assert.deepEqual(putOf(changes), ['a', 'b'])
  const root = rootOf(changes)
  assert.equal(root.generation, context.nowMs)
  assert.equal(root.serial, 1_800_000_000)
  assert.equal(root.term, 3)
  assert.equal(root.asOfMs, context.asOfMs)
  assert.deepEqual(readRoot(JSON.stringify(root)), root)
})

test('nothing new is nothing, until the heartbeat is due', async () => {
  const same = await snapshot('a', 'b')
  const first = rootOf(planChanges(undefined, same, context))
  const early = planChanges(first, same, { ...context, nowMs: context.nowMs + 299_999 })
  assert.deepEqual(early, { kind: 'nothing', late: noLate, shortOf: 0 })
  const later = { ...context, nowMs: context.nowMs + 300_000, asOfMs: context.asOfMs + 299_000 }
  const beat = planChanges(first, same, later)
  assert.equal(beat.kind, 'heartbeat')
  assert.deepEqual(putOf(beat), [])
  assert.deepEqual({ ...rootOf(beat), generation: 0, asOfMs: 0 }, { ...first, generation: 0, asOfMs: 0 })
})

test('a static root has no heartbeat', async () => {
  const { content, blobs } = await snapshot('a')
  const given = { content: { ...content, static: true }, blobs }
  const first = rootOf(planChanges(undefined, given, context))
  assert.equal(planChanges(first, given, { ...context, nowMs: context.nowMs + 1e9 }).kind, 'nothing')
})

test('what the published root uses is not written again', async () => {
  const first = rootOf(planChanges(undefined, await snapshot('a', 'b'), context))
  const changes = planChanges(first, await snapshot('a', 'c'), context)
  assert.equal(changes.kind, 'content')
  assert.deepEqual(putOf(changes), ['c'])
})

test('A → B → A writes A again: it may have been collected', async () => {
  const a = await snapshot('a')
  const first = rootOf(planChanges(undefined, a, context))
  const second = rootOf(planChanges(first, await snapshot('b'), context))
  assert.deepEqual(putOf(planChanges(second, a, context)), ['a'])
})

test('an edge that lost a blob gets all of them', async () => {
  const a = await snapshot('a', 'b')
  const first = rootOf(planChanges(undefined, a, context))
  const changes = planChanges(first, a, { ...context, putAll: true })
  assert.equal(changes.kind, 'repair')
  assert.deepEqual(putOf(changes), ['a', 'b'])
})

test('generation and serial grow even when the clock went back', async () => {
  const first = rootOf(planChanges(undefined, await snapshot('a'), context))
  const next = rootOf(planChanges(first, await snapshot('b'), { ...context, nowMs: context.nowMs - 5000 }))
  assert.equal(next.generation, first.generation + 1)
  assert.equal(next.serial, first.serial + 1)
})

/** A snapshot with one shard of the main lane and one of the late lane. */
async function lanes(main: string, late: string): Promise<Given> {
  const { content, blobs } = await snapshot(main)
  const hash = await hashBlob(late)
  return {
    content: { ...content, endpointReverse: { '10.0.0.0': hash } },
    blobs: new Map([...blobs, [hash, late]]),
  }
}

const mainOnly: Allowance = { ...unlimited, late: undefined }

test('a late lane that is not due: its blob is not written, and the root names the published one', async () => {
  const first = rootOf(planChanges(undefined, await lanes('a', 'x'), context))
  const changes = planChanges(first, await lanes('b', 'y'), { ...context, allowance: mainOnly })
  assert.equal(changes.kind, 'content')
  assert.deepEqual(putOf(changes), ['b'])
  assert.deepEqual(rootOf(changes).endpointReverse, first.endpointReverse)
  assert.equal(changes.late.waiting, 1)
  const later = planChanges(rootOf(changes), await lanes('b', 'y'), context)
  assert.deepEqual(putOf(later), ['y'])
  assert.equal(later.late.waiting, 0)
})

test('while only late shards wait, there are heartbeats, and the serial stands still', async () => {
  const first = rootOf(planChanges(undefined, await lanes('a', 'x'), context))
  const late = await lanes('a', 'y')
  const soon = planChanges(first, late, { ...context, allowance: mainOnly })
  assert.deepEqual(soon, { kind: 'nothing', late: { ...noLate, waiting: 1, keys: 1 }, shortOf: 0 })
  const beat = planChanges(first, late, {
    ...context,
    nowMs: context.nowMs + 300_000,
    allowance: mainOnly,
  })
  assert.equal(beat.kind, 'heartbeat')
  assert.deepEqual(putOf(beat), [])
  assert.equal(rootOf(beat).serial, first.serial)
  assert.deepEqual(rootOf(beat).endpointReverse, first.endpointReverse)
})

test('a main lane that costs more than it may waits as a whole, and says for how much', async () => {
  const first = rootOf(planChanges(undefined, await snapshot('a', 'b'), context))
  const allowance = { ...unlimited, main: 2 }
  const short = planChanges(first, await snapshot('c', 'd'), { ...context, allowance })
  assert.deepEqual(short, { kind: 'nothing', late: noLate, shortOf: 3 })
  assert.equal(planChanges(first, await snapshot('a', 'c'), { ...context, allowance }).kind, 'content')
})

test('a first root waits for no budget; a repair takes everything along, since only what is new has its text', async () => {
  const allowance: Allowance = { all: 1, main: 1, late: undefined, after: '' }
  const first = planChanges(undefined, await lanes('a', 'x'), { ...context, allowance })
  assert.equal(first.kind, 'first')
  assert.deepEqual(putOf(first), ['a'])
  const changes = planChanges(rootOf(first), await lanes('a', 'y'), { ...context, allowance, putAll: true })
  assert.deepEqual(putOf(changes), ['a', 'y'])
})

test('sameContent: the order of fields says nothing, every value does', async () => {
  const { content } = await snapshot('a')
  const turned = Object.fromEntries(Object.entries(content).toReversed()) as Content
  assert.ok(sameContent(content, turned))
  assert.ok(!sameContent(content, { ...content, ttl: 6 }))
  assert.ok(!sameContent(content, { ...content, endpoints: { bits: 0, shards: [null] } }))
  assert.ok(!sameContent(content, { ...content, namespaces: ['prod', 'dev'] }))
})
