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

/* How the agent reacts to each refusal, in virtual time and with the longest random waits. */

const key = await importPrivateKey(await generateKey())

/** The log message: the failure may be temporary, or a person must act. The agent retries in both cases. */
type Reaction = 'publish failed' | 'publish refused, needs action'

const reactions: Readonly<Record<IngestCode, Reaction>> = {
  // Another publisher, lost blobs, clocks: reading the edge's state again helps.
  ROOT_OLDER: 'publish failed',
  ROOT_CONFLICT: 'publish failed',
  ROOT_FUTURE: 'publish failed',
  BLOB_MISSING: 'publish failed',
  BUCKET_MISSING: 'publish failed',
  BLOB_COUNT: 'publish failed',
  PROOF_EXPIRED: 'publish failed',
  PROOF_REPLAYED: 'publish failed',
  // Problems on the way, or temporary ones.
  BODY_MISMATCH: 'publish failed',
  BODY_LENGTH: 'publish failed',
  BLOB_BUSY: 'publish failed',
  STORE_FAILED: 'publish failed',
  // Keys, configuration, versions.
  ROOT_UNVERIFIED: 'publish refused, needs action',
  ROOT_CLUSTER: 'publish refused, needs action',
  ROOT_DOMAIN: 'publish refused, needs action',
  ROOT_POLICY: 'publish refused, needs action',
  ROOT_EXPIRED: 'publish refused, needs action',
  BLOB_MISMATCH: 'publish refused, needs action',
  BUCKET_MISMATCH: 'publish refused, needs action',
  SCHEMA: 'publish refused, needs action',
  PROOF_MISSING: 'publish refused, needs action',
  PROOF_UNVERIFIED: 'publish refused, needs action',
  PROOF_MISPLACED: 'publish refused, needs action',
  CLUSTER_UNKNOWN: 'publish refused, needs action',
  ROUTE_UNKNOWN: 'publish refused, needs action',
  BODY_TOO_LARGE: 'publish refused, needs action',
}

/** The longest waits after one, two and three failures (ms). */
const waits = [500, 1000, 2000]

type Scene = {
  readonly edge: TestEdge
  /** The logged failures. */
  readonly failures: { readonly said: string; readonly code: unknown; readonly retryMs: unknown }[]
  /** How long the agent slept after each (ms). */
  readonly slept: number[]
  /** Adds a namespace, and a Service in it if an address is given. */
  change(name: string, ip?: string): void
  until(met: () => boolean): Promise<void>
}

/** A time-out that no machine exceeds; tests of time-outs set a short one. */
const neverMs = 600_000

/** An agent with one Service and one namespace. */
async function start(
  t: TestContext,
  prepare: (edge: TestEdge) => void = () => {},
  requestTimeoutMs = neverMs,
): Promise<Scene> {
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
  const running = runAgent(resolveOptions({ cluster: 'test', requestTimeoutMs }), {
    key,
    edge: { url: edge.url, fetch },
    log: {
      info: () => {},
      warn: (said, fields) => void failures.push({ said, code: fields?.code, retryMs: fields?.retryMs }),
    },
    clock: {
      nowMs: () => nowMs,
      async sleep(ms, signal) {
        // The wait for the next heartbeat ends with the test's next change.
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
  test(`${code}: ${said}; the edge's state is read again, and content is published once the cause is gone`, async (t) => {
    // After an expired proof the request is sent again at once, by the clock in the refusal.
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
    // After a refusal the state is read again, and blobs that no root names are sent again.
    const round = ['GET', 'blobs', ...requests]
    assert.deepEqual(edge.requests, [...round, ...round, ...round, 'GET', 'blobs', 'root'])
  })
}

for (const [fault, code] of [
  ['PROXY', 'EDGE_ANSWER'],
  ['HANG', 'EDGE_UNREACHABLE'],
] as const) {
  test(`${code}: a request without an answer from the edge is retried soon`, async (t) => {
    const prepare = ({ faults }: TestEdge): void => {
      faults.push({ on: 'GET', code: fault }, { on: 'blobs', code: fault })
    }
    const { edge, failures, until } = await start(t, prepare, fault === 'HANG' ? 1_000 : neverMs)
    await until(() => edge.root() !== undefined)
    // On a slow machine further requests may exceed the short time-out.
    assert.deepEqual(failures.slice(0, 2), [
      { said: 'publish failed', code, retryMs: 500 },
      { said: 'publish failed', code, retryMs: 1000 },
    ])
    assert.ok(failures.every((each) => each.code === code))
  })
}

for (const [fault, waitMs] of [
  ['LIMITED', 17_000],
  ['PROXY_BUSY', 20_000],
] as const) {
  test(`the agent waits as long as the answer asks for: ${fault}`, async (t) => {
    const { edge, failures, slept, until } = await start(t, ({ faults }) =>
      faults.push({ on: 'blobs', code: fault }),
    )
    await until(() => edge.root() !== undefined)
    assert.deepEqual(failures, [{ said: 'publish failed', code: 'EDGE_ANSWER', retryMs: waitMs }])
    assert.deepEqual(slept, [waitMs])
  })
}

test('a request whose answer asks for a short wait is sent again, without another round', async (t) => {
  const { edge, failures, until } = await start(t, ({ faults }) => {
    for (let n = 0; n < 20; n++) faults.push({ on: 'blobs', code: 'LIMITED_BRIEFLY' })
  })
  await until(() => edge.root() !== undefined)
  assert.deepEqual(failures, [])
  assert.deepEqual([...new Set(edge.requests)], ['GET', 'blobs', 'root'])
  assert.equal(edge.requests.filter((kind) => kind === 'GET').length, 1)
})

test('an edge that asks for short waits without end fails the round', async (t) => {
  const { edge, failures, until } = await start(t, ({ faults }) => {
    for (let n = 0; n < 100; n++) faults.push({ on: 'root', code: 'LIMITED_BRIEFLY' })
  })
  await until(() => edge.root() !== undefined)
  assert.equal(failures.length, 4)
  assert.equal(failures[0]?.code, 'EDGE_ANSWER')
})

test('an unknown code of a newer edge may need action', async (t) => {
  const code = 'QUOTA' as IngestCode
  const { edge, failures, until } = await start(t, ({ faults }) => faults.push({ on: 'root', code }))
  await until(() => edge.root() !== undefined)
  assert.deepEqual(failures, [{ said: 'publish refused, needs action', code, retryMs: 500 }])
})

test('an edge that reads another schema needs action, and gets content once it is updated', async (t) => {
  const { edge, failures, until } = await start(t, (each) => {
    each.declaration = { ...each.declaration, schemas: [3] }
  })
  await until(() => failures.length > 1)
  edge.declaration = { ...edge.declaration, schemas: [2, 3] }
  await until(() => edge.root() !== undefined)
  assert.deepEqual(failures[0], {
    ...{ said: 'publish refused, needs action', code: 'SCHEMA_UNSUPPORTED', retryMs: 500 },
  })
})

// Real causes.

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

test('the edge lost its buckets: all are sent at once, without a failure', async (t) => {
  const { edge, failures, change, until } = await start(t, (each) => {
    each.declaration = { ...each.declaration, schemas: [1, 2] }
  })
  await until(() => edge.root() !== undefined)
  edge.buckets.clear()
  const { generation = 0 } = edge.root() ?? {}
  edge.requests.length = 0
  change('dev', '10.96.0.9')
  await until(() => (edge.root()?.generation ?? 0) > generation)
  assert.deepEqual(failures, [])
  assert.equal(edge.stored?.root.schema, 2)
})

test('the edge is replaced by one of schema 1, and by one of schema 2: each gets its schema and later generations', async (t) => {
  const { edge, failures, change, until } = await start(t)
  let before = { generation: 0, serial: 0 }
  for (const [step, schemas] of [[1], [1, 2], [1], [1, 2], [1, 2]].entries()) {
    edge.declaration = { ...edge.declaration, schemas }
    change(`n${step}`, `10.96.0.${step + 10}`)
    await until(
      () =>
        edge.root()?.namespaces !== undefined &&
        (edge.root()?.generation ?? 0) > before.generation &&
        JSON.stringify(edge.root()?.namespaces).includes(`n${step}`),
    )
    const root = edge.root() ?? assert.fail()
    assert.ok(root.serial > before.serial)
    before = root
  }
  assert.equal(edge.stored?.root.schema, 2)
  // The agent learns of the older edge by its refusal, and publishes in its schema at the next attempt.
  assert.deepEqual(
    failures.map(({ code }) => code),
    ['SCHEMA'],
  )
})

test('the edge accepts fewer blobs than it declared before: the new declaration is read and obeyed', async (t) => {
  const { edge, failures, change, until } = await start(t)
  await until(() => edge.root() !== undefined)
  const { generation = 0 } = edge.root() ?? {}
  edge.declaration = { ...edge.declaration, maxBlobsPerRequest: 1 }
  change('dev', '10.96.0.8')
  await until(() => (edge.root()?.generation ?? 0) > generation)
  assert.deepEqual(failures, [{ said: 'publish failed', code: 'BLOB_COUNT', retryMs: 500 }])
})
