import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { decodeBlob } from '../../snapshot/decode.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { hashToken } from '../../snapshot/policy/token.ts'
import type { PolicyRef, Root } from '../../snapshot/schema.ts'
import { createClock } from '../clock.ts'
import { reduceObject } from '../objects/reduce.ts'
import { createStore } from '../objects/store.ts'
import { resolveOptions } from '../options.ts'
import { closedPolicy, type Policy } from '../policy/policy.ts'
import type { PolicySource } from '../policy/source/policy-source.ts'
import { createPublisher } from '../publish-once.ts'
import { startTestEdge, type TestEdge } from './edge.case.ts'
import { afterFailedRound, edgeStateOf, type KnownEdge, type Round, runRound, unknownEdge } from './round.ts'

/* Rounds with access policies. */

const key = await importPrivateKey(await generateKey())

/** A policy with one token. */
async function policyWith(token: string): Promise<Policy> {
  const hash = await hashToken(token)
  const scope = { kind: 'all' } as const
  return {
    ...closedPolicy,
    tokens: [{ name: 'a', hash, scope, notBeforeMs: 0, expiresMs: null, doors: ['path'], forward: false }],
  }
}

type Replica = {
  /** The policy as its source has it; undefined: broken. */
  policy: Policy | undefined
  /** The calls to the source. */
  readonly reports: (string | undefined)[]
  /** Adds a namespace. */
  change(): void
  round(known?: KnownEdge): Promise<Round>
}

/** An agent's process with a policy's source; `mode` 'none' or 'dropped': without one. */
function replica(
  edge: TestEdge,
  mode: 'given' | 'none' | 'dropped' = 'given',
  signingKey: SigningKey = key,
): Replica {
  const options = resolveOptions({
    cluster: 'test',
    policy: mode,
    requestTimeoutMs: 600_000,
  })
  const store = createStore()
  const add = (name: string): void =>
    void store.upsert('Namespace', reduceObject('Namespace', { metadata: { name } }, options))
  add('prod')
  const self: Replica = {
    policy: undefined,
    reports: [],
    change: () => add('dev'),
    round: async (known = unknownEdge) =>
      runRound(
        publisher,
        { asOfMs: Date.now() },
        { ...known, edgeState: await edgeStateOf(publisher, known) },
      ),
  }
  const source: PolicySource = {
    ...{ ready: Promise.resolve(), done: Promise.resolve(), onChange: () => {} },
    current: () => self.policy,
    report: (problem) => void self.reports.push(problem),
  }
  const ports = {
    ...{ key: signingKey, edge: { url: edge.url, fetch }, clock: createClock(Date.now), random: () => 0 },
    log: { info: () => {}, warn: () => {} },
    signal: new AbortController().signal,
    ...(mode === 'given' && { policy: source }),
  }
  const publisher = createPublisher(options, ports, store, { static: false, term: () => 0 })
  return self
}

async function edgeFor(t: TestContext): Promise<TestEdge> {
  const edge = await startTestEdge(key.publicKey, () => Date.now())
  t.after(() => edge.close())
  return edge
}

function policyOf(edge: TestEdge): PolicyRef {
  return edge.root()?.policy ?? assert.fail('the root has no policy')
}

function tokensAt(edge: TestEdge): number {
  const blobs = policyOf(edge).tokens.shards.flatMap((hash) =>
    hash === null ? [] : [edge.blobs.get(hash) ?? ''],
  )
  return blobs.reduce((sum, text) => {
    const blob = decodeBlob(text)
    return blob.kind === 'tokens' ? sum + blob.tokens.size : assert.fail(blob.kind)
  }, 0)
}

test('a policy is published with its blobs, and again only when it changes', async (t) => {
  const edge = await edgeFor(t)
  const agent = replica(edge)
  agent.policy = await policyWith('a')
  await agent.round()
  assert.equal(tokensAt(edge), 1)
  assert.equal((await agent.round()).kind, 'nothing')
  agent.policy = closedPolicy
  assert.equal((await agent.round()).blobs, 1, 'the head')
  assert.equal(tokensAt(edge), 0)
  assert.deepEqual(agent.reports, [undefined, undefined, undefined])
})

test('the last good policy survives restarts and a change of leader, and its blobs are not written again', async (t) => {
  const edge = await edgeFor(t)
  const first = replica(edge)
  first.policy = await policyWith('a')
  await first.round()
  const published = policyOf(edge)
  edge.requests.length = 0
  const second = replica(edge)
  assert.equal((await second.round()).kind, 'nothing')
  assert.deepEqual(policyOf(edge), published)
  assert.deepEqual(edge.requests, ['GET'])
})

test('a broken policy and no published one: nobody is admitted', async (t) => {
  const edge = await edgeFor(t)
  await replica(edge).round()
  assert.equal(tokensAt(edge), 0)
  const head = decodeBlob(edge.blobs.get(policyOf(edge).head) ?? '')
  assert.ok(head.kind === 'policy' && head.anonymous === null)
})

test('an agent without policy does not replace a root that has one, unless it drops it', async (t) => {
  const edge = await edgeFor(t)
  const first = replica(edge)
  first.policy = await policyWith('a')
  await first.round()
  await assert.rejects(replica(edge, 'none').round(), {
    ...{ code: 'POLICY_MISSING', retryable: false },
    message: /--policy, --policy-configmap or --policy-secret.*--drop-policy/,
  })
  assert.equal(tokensAt(edge), 1)
  await replica(edge, 'dropped').round()
  assert.deepEqual([edge.root()?.policy, edge.root()?.policyDropped], [null, true])
  await replica(edge, 'none').round()
})

test('a policy that another agent published after the edge was read is not replaced either', async (t) => {
  const edge = await edgeFor(t)
  const late = replica(edge, 'none')
  const { edgeState } = await late.round()
  const first = replica(edge)
  first.policy = await policyWith('a')
  await first.round()
  late.change()
  await assert.rejects(late.round({ ...unknownEdge, state: edgeState }), {
    ...{ code: 'ROOT_POLICY', retryable: false },
  })
  assert.equal(tokensAt(edge), 1)
})

test('a root of another key has a policy too: it is neither dropped nor signed again', async (t) => {
  const edge = await edgeFor(t)
  const first = replica(edge)
  first.policy = await policyWith('a')
  await first.round()
  const other = await importPrivateKey(await generateKey())
  const next = await startTestEdge(other.publicKey, () => Date.now())
  t.after(() => next.close())
  next.stored = edge.stored
  await assert.rejects(replica(next, 'none', other).round(), { code: 'POLICY_MISSING' })
  await replica(next, 'given', other).round()
  assert.equal(tokensAt(next), 0, 'nobody is admitted')
})

test('the policy of an expired root stays in force', async (t) => {
  const edge = await edgeFor(t)
  const first = replica(edge)
  first.policy = await policyWith('a')
  await first.round()
  const published = policyOf(edge)
  edge.nowMs = () => Date.now() + 2 * 86_400_000
  const second = replica(edge)
  assert.equal((await second.round()).kind, 'first')
  assert.deepEqual(policyOf(edge), published)
})

test('an edge that does not enforce policies gets none', async (t) => {
  const edge = await edgeFor(t)
  const { policy: _, ...former } = edge.declaration
  edge.declaration = former
  const agent = replica(edge)
  agent.policy = await policyWith('a')
  await assert.rejects(agent.round(), {
    code: 'POLICY_UNSUPPORTED',
    retryable: false,
    message: /update the edge first/,
  })
  assert.deepEqual(edge.requests, ['GET'])
  await replica(edge, 'none').round()
  assert.ok(edge.root())
})

test('a published policy whose blobs the edge lost is replaced by one that admits nobody', async (t) => {
  const edge = await edgeFor(t)
  const first = replica(edge)
  first.policy = await policyWith('a')
  await first.round()
  edge.blobs.clear()
  const second = replica(edge)
  let known: KnownEdge = { ...unknownEdge, putAll: true }
  await assert.rejects(second.round(known), { code: 'BLOB_MISSING' })
  known = afterFailedRound(known, 'BLOB_MISSING')
  assert.deepEqual(known, { state: undefined, putAll: true, isPolicyLost: true })
  await second.round(known)
  assert.equal(tokensAt(edge), 0)
})

test('a lost blob alone does not give up the policy', () => {
  const known = afterFailedRound(unknownEdge, 'BLOB_MISSING')
  assert.deepEqual(known, { state: undefined, putAll: true, isPolicyLost: false })
  assert.equal(afterFailedRound(known, 'STORE_FAILED').isPolicyLost, false)
})

test('a policy that cannot be published is reported to its source', async (t) => {
  const edge = await edgeFor(t)
  const agent = replica(edge)
  const names = Array.from({ length: 30_000 }, (_, index) => `n${index}`)
  agent.policy = { ...closedPolicy, anonymous: { kind: 'namespaces', names } }
  await agent.round()
  assert.match(agent.reports[0] ?? '', /30000 namespaces/)
  const root: Root = edge.root() ?? assert.fail()
  assert.ok(root.policy)
})
