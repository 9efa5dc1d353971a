import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { IngestCode } from '../../snapshot/ingest.ts'
import { generateKey, importPrivateKey } from '../../snapshot/key.ts'
import { blobsOf } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import { runAgent } from '../agent.ts'
import { reduceObject } from '../objects/reduce.ts'
import { createStore } from '../objects/store.ts'
import { agentDefaults, resolveOptions } from '../options.ts'
import { startTestEdge, type TestEdge } from './edge.case.ts'

/* What the agent does about each refusal, with sleeps that take no time and chance at its longest. */

const key = await importPrivateKey(await generateKey())

/** What the log says: that it may pass by itself, or that a person must act. Attempts go on alike. */
type Reaction = 'publish failed' | 'publish refused, somebody must act'

const reactions: Readonly<Record<IngestCode, Reaction>> = {
  // Another publisher, lost blobs, clocks: reading the edge's state again is the cure.
  ROOT_OLDER: 'publish failed',
  ROOT_CONFLICT: 'publish failed',
  ROOT_FUTURE: 'publish failed',
  BLOB_MISSING: 'publish failed',
  BLOB_COUNT: 'publish failed',
  PROOF_EXPIRED: 'publish failed',
  PROOF_REPLAYED: 'publish failed',
  // What happened on the way, or passes by itself.
  BODY_MISMATCH: 'publish failed',
  BODY_LENGTH: 'publish failed',
  BLOB_BUSY: 'publish failed',
  STORE_FAILED: 'publish failed',
  // Keys, configuration, releases.
  ROOT_UNVERIFIED: 'publish refused, somebody must act',
  ROOT_CLUSTER: 'publish refused, somebody must act',
  ROOT_EXPIRED: 'publish refused, somebody must act',
  BLOB_MISMATCH: 'publish refused, somebody must act',
  SCHEMA: 'publish refused, somebody must act',
  PROOF_MISSING: 'publish refused, somebody must act',
  PROOF_UNVERIFIED: 'publish refused, somebody must act',
  PROOF_MISPLACED: 'publish refused, somebody must act',
  CLUSTER_UNKNOWN: 'publish refused, somebody must act',
  ROUTE_UNKNOWN: 'publish refused, somebody must act',
  BODY_TOO_LARGE: 'publish refused, somebody must act',
}

/** Bounds of the waits after one failure, two and three. */
const waits = [500, 1000, 2000]

type Scene = {
  readonly edge: TestEdge
  /** Failures as the log tells them. */
  readonly failures: { readonly said: string; readonly code: unknown; readonly retryMs: unknown }[]
  /** How long the agent slept after each. */
  readonly slept: number[]
  /** Another namespace, with a Service where it gets an address. */
  change(name: string, ip?: string): void
  until(met: () => boolean): Promise<void>
}

/** An agent of one Service and one namespace. */
async function start(t: TestContext, prepare: (edge: TestEdge) => void = () => {}): Promise<Scene> {
  let nowMs = Date.now()
  const edge = await startTestEdge(key.publicKey, () => nowMs)
  prepare(edge)
  const store = createStore()
  const stop = new AbortController()
  const failures: Scene['failures'] = []
  const slept: number[] = []
  const listeners: (() => void)[] = []
  const aborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  const add = (kind: 'Namespace' | 'Service', object: object): void => {
    store.upsert(kind, reduceObject(kind, object, agentDefaults))
  }
  add('Namespace', { metadata: { name: 'prod' } })
  add('Service', { metadata: { name: 'web', namespace: 'prod' }, spec: { clusterIP: '10.96.0.7' } })
  const running = runAgent(resolveOptions({ cluster: 'test', edgeUrl: edge.url, requestTimeoutMs: 1_000 }), {
    key,
    fetch,
    log: {
      info: () => {},
      warn: (said, fields) => void failures.push({ said, code: fields?.code, retryMs: fields?.retryMs }),
    },
    clock: {
      nowMs: () => nowMs,
      async sleep(ms, signal) {
        // Until the next heartbeat: the test says what comes first.
        if (ms > 120_000) return aborted(signal)
        if (slept.length < failures.length) slept.push(Math.round(ms))
        nowMs += ms
      },
    },
    random: () => 1,
    signal: stop.signal,
    source: {
      synced: Promise.resolve(),
      done: new Promise(() => {}),
      store,
      listedMs: () => 0,
      relist: () => {},
      asOfMs: () => nowMs,
      onChange: (listener) => void listeners.push(listener),
    },
  })
  t.after(async () => {
    stop.abort()
    await running
    await edge.close()
  })
  return {
    edge,
    failures,
    slept,
    change(name, ip) {
      add('Namespace', { metadata: { name } })
      if (ip) add('Service', { metadata: { name: 'web', namespace: name }, spec: { clusterIP: ip } })
      for (const listener of listeners) listener()
    },
    async until(met) {
      while (!met()) await new Promise((resolve) => setTimeout(resolve, 2))
    },
  }
}

for (const [code, said] of Object.entries(reactions) as [IngestCode, Reaction][]) {
  test(`${code}: ${said}; the edge is asked again, and all is well once the cause is gone`, async (t) => {
    // A proof that is refused as expired is made anew at once, by the clock in the refusal.
    const requests = code === 'PROOF_EXPIRED' ? ['root', 'root'] : ['root']
    const { edge, failures, slept, until } = await start(t, ({ faults }) => {
      for (const on of [requests, requests, requests].flat()) faults.push({ on, code })
    })
    await until(() => edge.root() !== undefined)
    assert.deepEqual(
      failures,
      waits.map((retryMs) => ({ said, code, retryMs })),
    )
    assert.deepEqual(slept, waits)
    // Nothing is taken for granted after a refusal: the state is read again, and what no root names is sent again.
    const round = ['GET', 'blobs', ...requests]
    assert.deepEqual(edge.requests, [...round, ...round, ...round, 'GET', 'blobs', 'root'])
  })
}

for (const [fault, code] of [
  ['PROXY', 'EDGE_ANSWER'],
  ['HANG', 'EDGE_UNREACHABLE'],
] as const) {
  test(`${code}: no answer of the edge's own is met soon`, async (t) => {
    const { edge, failures, until } = await start(t, ({ faults }) => {
      faults.push({ on: 'GET', code: fault }, { on: 'blobs', code: fault })
    })
    await until(() => edge.root() !== undefined)
    assert.deepEqual(failures, [
      { said: 'publish failed', code, retryMs: 500 },
      { said: 'publish failed', code, retryMs: 1000 },
    ])
  })
}

test('a code of a newer edge’s own may need somebody', async (t) => {
  const code = 'QUOTA' as IngestCode
  const { edge, failures, until } = await start(t, ({ faults }) => faults.push({ on: 'root', code }))
  await until(() => edge.root() !== undefined)
  assert.deepEqual(failures, [{ said: 'publish refused, somebody must act', code, retryMs: 500 }])
})

test('an edge that reads another schema needs somebody, and is served once it is updated', async (t) => {
  const { edge, failures, until } = await start(t, (each) => {
    each.declaration = { ...each.declaration, schemas: [2] }
  })
  await until(() => failures.length > 1)
  edge.declaration = { ...edge.declaration, schemas: [1, 2] }
  await until(() => edge.root() !== undefined)
  assert.deepEqual(failures[0], {
    ...{ said: 'publish refused, somebody must act', code: 'SCHEMA_UNSUPPORTED', retryMs: 500 },
  })
})

// Causes that are real.

test('the edge lost its blobs: all are sent again', async (t) => {
  const { edge, failures, change, until } = await start(t)
  await until(() => edge.root() !== undefined)
  edge.blobs.clear()
  const { generation = 0 } = edge.root() ?? {}
  change('dev')
  await until(() => (edge.root()?.generation ?? 0) > generation)
  assert.deepEqual(failures, [{ said: 'publish failed', code: 'BLOB_MISSING', retryMs: 500 }])
  assert.deepEqual([...edge.blobs.keys()].toSorted(), [...blobsOf(edge.root() as Root)].toSorted())
})

test('the edge takes fewer blobs than it declared before: it is asked, and obeyed', async (t) => {
  const { edge, failures, change, until } = await start(t)
  await until(() => edge.root() !== undefined)
  const { generation = 0 } = edge.root() ?? {}
  edge.declaration = { ...edge.declaration, maxBlobsPerRequest: 1 }
  change('dev', '10.96.0.8')
  await until(() => (edge.root()?.generation ?? 0) > generation)
  assert.deepEqual(failures, [{ said: 'publish failed', code: 'BLOB_COUNT', retryMs: 500 }])
})
