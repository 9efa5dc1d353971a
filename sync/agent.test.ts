import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { generateKey, importPrivateKey } from '../snapshot/key.ts'
import { type AgentPorts, runAgent } from './agent.ts'
import { createClock } from './clock.ts'
import type { AgentEvent } from './events.ts'
import { reduceObject } from './objects/reduce.ts'
import { createStore, type Store } from './objects/store.ts'
import { agentDefaults, resolveOptions } from './options.ts'
import { closedPolicy, type Policy } from './policy/policy.ts'
import type { PolicySource } from './policy/source/policy-source.ts'
import { startTestEdge, type TestEdge } from './publish/edge.case.ts'
import { scheduleLimits } from './schedule/limits.ts'

/* The loop against a test edge. Tests wait for events, never for a time, so that a busy machine changes no verdict. */

const key = await importPrivateKey(await generateKey())
const hourMs = 3_600_000

/** Times of the machine that tests compare with hours may be off by this much. */
const toleratedMs = 600_000

type Scene = {
  edge: TestEdge
  store: Store
  warnings: Record<string, unknown>[]
  /** The events reported so far. */
  events: AgentEvent[]
  /** Kinds that were to be listed again. */
  relists: string[]
  change: (name: string) => void
  sync: () => void
  fail: (error: Error) => void
  stop: () => void
  running: Promise<void>
  until: (met: () => boolean) => Promise<void>
  /** Resolves after a number of further events of a kind. */
  further: (kind: AgentEvent['kind'], count?: number) => Promise<void>
}

type Given = {
  readonly heartbeatMs?: number
  readonly edge?: TestEdge
  /** The agent's clock, and when its source was last known to be true by it. */
  readonly nowMs?: () => number
  readonly asOfMs?: () => number
  /** How the agent sleeps; by default with real timers. */
  readonly sleep?: AgentPorts['clock']['sleep']
  readonly policy?: PolicySource
  readonly isStatic?: true
}

/** An agent with a source of objects that the test controls, in front of a test edge. */
async function start(t: TestContext, given: Given = {}): Promise<Scene> {
  const { heartbeatMs = 60_000, nowMs = Date.now, asOfMs = () => nowMs() - 5 } = given
  const edge = given.edge ?? (await startTestEdge(key.publicKey, () => Date.now()))
  const { sleep } = createClock(nowMs)
  const store = createStore()
  const stop = new AbortController()
  const synced = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const listeners: (() => void)[] = []
  const warnings: Record<string, unknown>[] = []
  const events: AgentEvent[] = []
  const relists: string[] = []
  const ports: AgentPorts = {
    key,
    edge: { url: edge.url, fetch },
    log: { info: () => {}, warn: (_, fields) => void warnings.push(fields ?? {}) },
    clock: { nowMs, sleep: given.sleep ?? sleep },
    random: () => 0,
    signal: stop.signal,
    notify: (event) => void events.push(event),
    ...(given.policy && { policy: given.policy }),
    source: {
      ...(given.isStatic && { isStatic: given.isStatic }),
      synced: synced.promise,
      done: done.promise,
      store,
      listedMs: () => 0,
      relist: (kind) => void relists.push(kind),
      asOfMs,
      onChange: (listener) => void listeners.push(listener),
    },
  }
  const options = resolveOptions({
    cluster: 'test',
    heartbeatMs,
    requestTimeoutMs: hourMs,
    policy: given.policy ? 'given' : 'none',
  })
  const running = runAgent(options, ports)
  t.after(async () => {
    stop.abort()
    await running.catch(() => {})
    if (!given.edge) await edge.close()
  })
  const change = (name: string): void => {
    store.upsert('Namespace', reduceObject('Namespace', { metadata: { name } }, agentDefaults))
    for (const listener of listeners) listener()
  }
  const until = async (met: () => boolean): Promise<void> => {
    while (!met()) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const counted = (kind: AgentEvent['kind']): number => events.filter((event) => event.kind === kind).length
  const further = (kind: AgentEvent['kind'], count = 1): Promise<void> => {
    const wanted = counted(kind) + count
    return until(() => counted(kind) >= wanted)
  }
  return {
    ...{ edge, store, warnings, events, relists, change, running, until, further },
    sync: () => synced.resolve(),
    fail: (error) => done.reject(error),
    stop: () => stop.abort(),
  }
}

function namespaces(edge: TestEdge): unknown {
  return edge.root()?.namespaces
}

test('nothing is published until every kind is listed, and then at once', async (t) => {
  let listed = false
  let roundsBefore = 0
  const asOfMs = (): number => {
    // Every round asks for it.
    if (!listed) roundsBefore++
    return Date.now()
  }
  const { edge, events, change, sync, until } = await start(t, { asOfMs })
  change('prod')
  // Meanwhile, the edge's state is read.
  await until(() => edge.requests.length > 0)
  change('dev')
  assert.deepEqual(edge.requests, ['GET'])
  assert.deepEqual(events, [], 'the loop has not started')
  listed = true
  sync()
  await until(() => edge.root() !== undefined)
  assert.equal(roundsBefore, 0)
  assert.deepEqual(edge.requests, ['GET', 'root'])
  assert.deepEqual(namespaces(edge), ['dev', 'prod'])
})

test('changes are published together, and not more often than the edge allows', async (t) => {
  const { edge, change, sync, until } = await start(t)
  edge.declaration = { ...edge.declaration, minPublishIntervalMs: 200 }
  change('a')
  sync()
  await until(() => edge.root() !== undefined)
  for (const name of ['b', 'c', 'd']) change(name)
  await until(() => Array.isArray(namespaces(edge)) && (namespaces(edge) as string[]).length === 4)
  const [first = 0, second = 0, ...more] = edge.rootTimes
  assert.ok(second - first >= 200, `${second - first} ms`)
  assert.deepEqual(more, [])
})

test('without changes the root is published again, with a later asOf and the same serial', async (t) => {
  const { edge, sync, until } = await start(t, { heartbeatMs: 60 })
  sync()
  await until(() => edge.root() !== undefined)
  const first = edge.root()
  await until(() => (edge.root()?.generation ?? 0) > (first?.generation ?? 0))
  const second = edge.root()
  assert.ok((second?.asOfMs ?? 0) > (first?.asOfMs ?? 0))
  assert.equal(second?.serial, first?.serial)
  assert.deepEqual(edge.requests.slice(0, 3), ['GET', 'root', 'root'])
})

test('a change that does not concern DNS writes nothing', async (t) => {
  const { edge, events, change, sync, until, further } = await start(t, { heartbeatMs: 600_000 })
  change('prod')
  sync()
  await until(() => events.some(({ kind }) => kind === 'round'))
  const next = further('round')
  change('prod')
  await next
  const kinds = events.flatMap((event) => (event.kind === 'round' ? [event.round.kind] : []))
  assert.deepEqual([...new Set(kinds.slice(1))], ['nothing'])
  assert.deepEqual(edge.requests, ['GET', 'root'])
})

test('failures are logged with the edge’s code, and retried', async (t) => {
  const { edge, change, sync, until, warnings } = await start(t)
  edge.faults.push({ on: 'root', code: 'STORE_FAILED' })
  edge.faults.push({ on: 'GET', code: 'PROXY' })
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  assert.deepEqual(
    warnings.map((warning) => warning.code),
    ['STORE_FAILED', 'EDGE_ANSWER'],
  )
})

test('after any answer of an edge or a proxy, content is published soon after they have recovered', async (t) => {
  let asOfMs = Date.now() - agentDefaults.expiresAfterMs - hourMs
  const scene = await start(t, { asOfMs: () => asOfMs })
  scene.edge.faults.push({ on: 'GET', code: 'PROXY_404' }, { on: 'GET', code: 'PROXY_200' })
  scene.change('prod')
  scene.sync()
  await scene.until(() => scene.warnings.length >= 3)
  asOfMs = Date.now()
  await scene.until(() => scene.edge.rootTimes.length === 1)
  assert.deepEqual(
    scene.warnings.slice(0, 3).map(({ code }) => code),
    ['EDGE_ANSWER', 'EDGE_ANSWER', 'ROOT_EXPIRED'],
  )
  for (const { retryMs } of scene.warnings) assert.ok(Number(retryMs) <= 100, `${Number(retryMs)} ms`)
})

test('a skipped object is logged once, and again after it was published in between', async (t) => {
  const { edge, store, change, sync, until, warnings } = await start(t)
  const broken = reduceObject('Service', { metadata: { name: 'web', namespace: 'prod' } }, agentDefaults)
  store.upsert('Service', broken)
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  change('dev')
  await until(() => (namespaces(edge) as string[]).length === 2)
  store.remove('Service', 'prod/web')
  change('x')
  await until(() => (namespaces(edge) as string[]).length === 3)
  assert.deepEqual(
    warnings.map(({ kind, object, cause }) => [kind, object, cause]),
    [['Service', 'prod/web', 'cluster_ip']],
  )
  store.upsert('Service', broken)
  change('y')
  await until(() => warnings.length === 2)
})

test('ends when its signal aborts, before and after the first lists', async (t) => {
  const early = await start(t)
  early.stop()
  await early.running
  const late = await start(t)
  late.sync()
  await late.until(() => late.edge.root() !== undefined)
  late.stop()
  await late.running
})

test('an error of the source ends the agent with it', async (t) => {
  const { running, sync, fail } = await start(t)
  sync()
  fail(new Error('a bug'))
  await assert.rejects(running, /a bug/)
})

test('after a mass deletion nothing is published, not even a heartbeat, until the objects are back', async (t) => {
  // Checks of the held deletion follow each other without a pause.
  const { sleep } = createClock(Date.now)
  const scene = await start(t, { heartbeatMs: 100, sleep: (ms, signal) => sleep(Math.min(ms, 20), signal) })
  const { edge, store, change, sync, until, further, warnings, relists } = scene
  const put = (name: string): boolean => {
    const object = { metadata: { namespace: 'prod', name }, spec: { clusterIP: '10.96.0.1' } }
    return store.upsert('Service', reduceObject('Service', object, agentDefaults))
  }
  const names = Array.from({ length: 30 }, (_, n) => `s-${n}`)
  for (const name of names) put(name)
  change('prod')
  sync()
  await until(() => edge.root()?.objects?.Service === 30)
  store.replace('Service', [])
  change('dev')
  await until(() => relists.length > 0)
  const { asOfMs, generation } = edge.root() ?? assert.fail()
  // Meanwhile, a heartbeat is due.
  const dueMs = Date.now() + 100
  await until(() => Date.now() > dueMs)
  await further('deletions-held', 3)
  assert.equal(edge.root()?.generation, generation)
  assert.equal(edge.root()?.asOfMs, asOfMs)
  assert.deepEqual(relists, ['Service'])
  assert.deepEqual(warnings[0], {
    ...{ kind: 'Service', lost: 30, of: 30, such: names.slice(0, 5).map((name) => `prod/${name}`) },
    leftMs: agentDefaults.holdDeletionsMs,
  })
  for (const name of names) put(name)
  await until(() => (namespaces(edge) as string[]).length === 2)
  assert.equal(edge.root()?.objects?.Service, 30)
})

test('an agent that starts and lists nothing does not erase the published content', async (t) => {
  const before = await start(t)
  for (let n = 0; n < 25; n++) before.change(`ns-${n}`)
  before.sync()
  await before.until(() => before.edge.root()?.objects?.Namespace === 25)
  before.stop()
  await before.running
  const after = await start(t, { edge: before.edge })
  after.sync()
  await after.until(() => after.relists.length > 0)
  assert.equal((namespaces(before.edge) as string[]).length, 25)
  for (let n = 0; n < 24; n++) after.change(`ns-${n}`)
  await after.until(() => (namespaces(before.edge) as string[]).length === 24)
})

test('a wrong clock of the agent does not change the age of data, and is reported once', async (t) => {
  const { edge, change, sync, until, warnings } = await start(t, { nowMs: () => Date.now() - hourMs })
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  assert.ok(Math.abs((edge.root()?.asOfMs ?? 0) - Date.now()) < toleratedMs)
  change('dev')
  await until(() => (namespaces(edge) as string[]).length === 2)
  assert.equal(warnings.length, 1)
  const [{ edgeAheadMs } = assert.fail()] = warnings
  assert.ok(Math.abs(Number(edgeAheadMs) - hourMs) < toleratedMs, String(edgeAheadMs))
})

test('data from before the agent’s machine slept keeps its real age', async (t) => {
  const heardMs = Date.now()
  const { edge, change, sync, until } = await start(t, { asOfMs: () => heardMs })
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  // The machine slept for an hour, during which the agent's clock did not run.
  edge.nowMs = () => Date.now() + hourMs
  for (const name of ['a', 'b', 'c']) {
    change(name)
    await until(() => (namespaces(edge) as string[]).includes(name))
  }
  assert.ok((edge.root()?.generation ?? 0) > heardMs + hourMs, 'the root has the present time')
  assert.ok(Math.abs((edge.root()?.asOfMs ?? 0) - heardMs) < toleratedMs, 'its data is an hour old')
})

test('a Service and its slices that arrive within a moment are published together', async (t) => {
  const gathering = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const { sleep } = createClock(Date.now)
  let watching = false
  const minPublishIntervalMs = 1_000
  const { edge, store, change, sync, until } = await start(t, {
    sleep: async (ms, signal) => {
      // A tenth of the interval: the agent gathers related changes.
      if (!watching || ms !== minPublishIntervalMs / 10) return sleep(ms, signal)
      gathering.resolve()
      await released.promise
    },
  })
  edge.declaration = { ...edge.declaration, minPublishIntervalMs }
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  watching = true
  const generation = edge.root()?.generation ?? 0
  const metadata = { namespace: 'prod', name: 'db' }
  store.upsert('Service', reduceObject('Service', { metadata, spec: { clusterIP: 'None' } }, agentDefaults))
  change('prod')
  await gathering.promise
  assert.equal(edge.root()?.generation, generation)
  const labels = { 'kubernetes.io/service-name': 'db' }
  const slice = { metadata: { ...metadata, labels }, endpoints: [{ addresses: ['10.1.0.1'] }] }
  store.upsert('EndpointSlice', reduceObject('EndpointSlice', slice, agentDefaults))
  change('prod')
  released.resolve()
  await until(() => (edge.root()?.generation ?? 0) > generation)
  assert.deepEqual(Object.keys(edge.root()?.reverse ?? {}), ['10.1.0.0'])
})

test('when the budget is short, deferred shards wait and priority shards do not', async (t) => {
  // After the burst the next root is due in minutes. Time passes in sleeps alone, so that no request is late.
  let nowMs = Date.now()
  const { edge, store, change, sync, until } = await start(t, {
    nowMs: () => nowMs,
    sleep: async (ms, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (!signal.aborted) nowMs += ms
    },
  })
  edge.nowMs = () => nowMs
  // A key in 50 s and a burst of half a day's keys.
  edge.declaration = { ...edge.declaration, writesPerDay: 3_500 }
  const put = (n: number, host: number): void => {
    const metadata = { namespace: 'prod', name: `s-${n}` }
    const labels = { 'kubernetes.io/service-name': `s-${n}` }
    const endpoints = [{ addresses: [`10.${n >> 8}.${n & 255}.${host}`] }]
    store.upsert(
      'Service',
      reduceObject('Service', { metadata, spec: { clusterIP: '10.96.0.1' } }, agentDefaults),
    )
    const slice = { metadata: { ...metadata, labels }, endpoints }
    store.upsert('EndpointSlice', reduceObject('EndpointSlice', slice, agentDefaults))
  }
  for (let n = 0; n < 1_500; n++) put(n, 1)
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  const first = edge.root()
  const published = Object.keys(first?.endpointReverse ?? {}).length
  assert.ok(published > 250 && published < 1_500, `${published} of 1500 /24s of endpoint names`)
  assert.ok(Object.keys(first?.reverse ?? {}).length > 0)
  change('dev')
  await until(() => (namespaces(edge) as string[]).length === 2)
})

test('the next agent takes over the used part of the budget, also if their clocks differ', async (t) => {
  const edge = await startTestEdge(key.publicKey, Date.now)
  t.after(() => edge.close())
  // A key takes an hour and a half.
  edge.declaration = { ...edge.declaration, writesPerDay: 64 }
  const { writeMs } = scheduleLimits(edge.declaration, 60_000)
  const first = await start(t, { edge })
  first.change('prod')
  first.sync()
  await first.until(() => edge.root() !== undefined)
  const firstPaidMs = edge.root()?.paidUntilMs ?? 0
  assert.ok(Math.abs(firstPaidMs - (Date.now() + writeMs)) < toleratedMs)
  first.stop()
  await first.running
  const second = await start(t, { edge, nowMs: () => Date.now() - hourMs })
  second.change('prod')
  second.change('dev')
  second.sync()
  await second.until(() => (namespaces(edge) as string[]).length === 2)
  // Each wrote a root and no blob.
  assert.ok(Math.abs((edge.root()?.paidUntilMs ?? 0) - (firstPaidMs + writeMs)) < toleratedMs)
})

test('where writes are not limited, a root has no used budget', async (t) => {
  const { edge, change, sync, until } = await start(t)
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  assert.equal(edge.root()?.paidUntilMs, undefined)
})

/** A source of policies that the test controls. */
function policySource(): {
  source: PolicySource
  read: (policy: Policy) => void
  fail: (error: Error) => void
} {
  const ready = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const listeners: (() => void)[] = []
  let current: Policy | undefined
  return {
    source: {
      ...{ ready: ready.promise, done: done.promise, current: () => current, report: () => {} },
      onChange: (listener) => void listeners.push(listener),
    },
    read: (policy) => {
      current = policy
      ready.resolve()
      for (const listener of listeners) listener()
    },
    fail: (error) => done.reject(error),
  }
}

test('nothing is published before the policy was read, and a changed policy at once', async (t) => {
  const policy = policySource()
  const { edge, change, sync, until } = await start(t, { policy: policy.source })
  change('prod')
  sync()
  await until(() => edge.requests.length > 0)
  assert.equal(edge.root(), undefined)
  policy.read(closedPolicy)
  await until(() => edge.root() !== undefined)
  const first = edge.root()?.policy ?? assert.fail()
  policy.read({ ...closedPolicy, anonymous: { kind: 'all' } })
  await until(() => edge.root()?.policy?.head !== first.head)
})

test('static objects are published again when the policy changes, and stay static', async (t) => {
  const policy = policySource()
  const { edge, change, sync, until } = await start(t, { policy: policy.source, isStatic: true })
  change('prod')
  sync()
  policy.read(closedPolicy)
  await until(() => edge.root() !== undefined)
  const first = edge.root() ?? assert.fail()
  policy.read({ ...closedPolicy, anonymous: { kind: 'all' } })
  await until(() => edge.root()?.generation !== first.generation)
  assert.equal(first.static, true)
  assert.equal(edge.root()?.static, true)
  assert.deepEqual(namespaces(edge), ['prod'])
})

test('a fault of the policy’s source ends the agent', async (t) => {
  const policy = policySource()
  const { running } = await start(t, { policy: policy.source })
  policy.fail(new TypeError('the policy has a fault'))
  await assert.rejects(running, /the policy has a fault/)
})
