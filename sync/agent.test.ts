import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { generateKey, importPrivateKey } from '../snapshot/key.ts'
import { type AgentPorts, runAgent } from './agent.ts'
import { createClock } from './clock.ts'
import { reduceObject } from './objects/reduce.ts'
import { createStore, type Store } from './objects/store.ts'
import { agentDefaults, resolveOptions } from './options.ts'
import { startTestEdge, type TestEdge } from './publish/edge.case.ts'
import { paceLimits } from './schedule/schedule.ts'

const key = await importPrivateKey(await generateKey())

type Scene = {
  edge: TestEdge
  store: Store
  warnings: Record<string, unknown>[]
  /** Kinds that were to be listed anew. */
  relists: string[]
  change: (name: string) => void
  sync: () => void
  fail: (error: Error) => void
  stop: () => void
  running: Promise<void>
  until: (met: () => boolean) => Promise<void>
}

/** An agent with a source of our own, in front of a test edge. */
async function start(
  t: TestContext,
  given: {
    readonly heartbeatMs?: number
    readonly edge?: TestEdge
    /** The agent's clock, and when its source was last known to be true by it. */
    readonly nowMs?: () => number
    /** How much faster than ours its time goes by. */
    readonly speed?: number
    readonly asOfMs?: () => number
  } = {},
): Promise<Scene> {
  const { heartbeatMs = 60_000, speed = 1, nowMs = Date.now, asOfMs = () => nowMs() - 5 } = given
  const edge = given.edge ?? (await startTestEdge(key.publicKey, () => Date.now()))
  const clock = createClock(nowMs)
  const store = createStore()
  const stop = new AbortController()
  const synced = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const listeners: (() => void)[] = []
  const warnings: Record<string, unknown>[] = []
  const relists: string[] = []
  const ports: AgentPorts = {
    key,
    fetch,
    log: { info: () => {}, warn: (_, fields) => void warnings.push(fields ?? {}) },
    clock: { ...clock, sleep: (ms, signal) => clock.sleep(ms / speed, signal) },
    random: () => 0,
    signal: stop.signal,
    source: {
      synced: synced.promise,
      done: done.promise,
      store,
      listedMs: () => 0,
      relist: (kind) => void relists.push(kind),
      asOfMs,
      onChange: (listener) => void listeners.push(listener),
    },
  }
  const running = runAgent(resolveOptions({ cluster: 'test', edgeUrl: edge.url, heartbeatMs }), ports)
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
  const scene = { edge, store, warnings, relists, change, running, until }
  return {
    ...scene,
    sync: () => synced.resolve(),
    fail: (error) => done.reject(error),
    stop: () => stop.abort(),
  }
}

function namespaces(edge: TestEdge): unknown {
  return edge.root()?.namespaces
}

test('nothing is published before every kind was listed; then at once', async (t) => {
  const { edge, change, sync, until } = await start(t)
  change('prod')
  await new Promise((resolve) => setTimeout(resolve, 50))
  // What the edge holds may be asked for meanwhile.
  assert.deepEqual(edge.requests, ['GET'])
  sync()
  await until(() => edge.root() !== undefined)
  assert.deepEqual(namespaces(edge), ['prod'])
})

test('changes are published together, no closer than the edge declares', async (t) => {
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

test('without changes the root is published anew, with a later asOf and the same serial', async (t) => {
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

test('a change that changes nothing for DNS writes nothing', async (t) => {
  const { edge, change, sync, until } = await start(t)
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  change('prod')
  await new Promise((resolve) => setTimeout(resolve, 150))
  assert.deepEqual(edge.requests, ['GET', 'root'])
})

test('failures are logged with the edge’s code, and overcome', async (t) => {
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

test('whatever an edge or a proxy says, what can be published is published soon after they have recovered', async (t) => {
  let asOfMs = Date.now() - agentDefaults.expiresAfterMs - 1_000
  const scene = await start(t, { asOfMs: () => asOfMs })
  scene.edge.faults.push({ on: 'GET', code: 'PROXY_404' }, { on: 'GET', code: 'PROXY_200' })
  scene.change('prod')
  scene.sync()
  await scene.until(() => scene.warnings.length === 3)
  assert.deepEqual(
    scene.warnings.map(({ code }) => code),
    ['EDGE_ANSWER', 'EDGE_ANSWER', 'ROOT_EXPIRED'],
  )
  asOfMs = Date.now()
  await scene.until(() => scene.edge.rootTimes.length === 1)
})

test('what is skipped is told once, and again when it comes back', async (t) => {
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
  assert.deepEqual(warnings, [
    { kind: 'Service', object: 'prod/web', cause: 'cluster_ip', reason: broken.skipped[0]?.reason },
  ])
  store.upsert('Service', broken)
  change('y')
  await until(() => warnings.length === 2)
})

test('ends when told to, before and after the first lists', async (t) => {
  const early = await start(t)
  early.stop()
  await early.running
  const late = await start(t)
  late.sync()
  await late.until(() => late.edge.root() !== undefined)
  late.stop()
  await late.running
})

test('a fault of the source is the agent’s', async (t) => {
  const { running, sync, fail } = await start(t)
  sync()
  fail(new Error('a bug'))
  await assert.rejects(running, /a bug/)
})

test('most of a kind is gone: nothing is published, not even a heartbeat, until it is back', async (t) => {
  const { edge, store, change, sync, until, warnings, relists } = await start(t, { heartbeatMs: 100 })
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
  const asOfMs = edge.root()?.asOfMs
  const generation = edge.root()?.generation
  await new Promise((resolve) => setTimeout(resolve, 300))
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

test('an agent that starts and finds nothing of what was published does not erase it', async (t) => {
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

test('a wrong clock of the agent’s ages nothing and freshens nothing, and is told once', async (t) => {
  const hourMs = 3_600_000
  const { edge, change, sync, until, warnings } = await start(t, { nowMs: () => Date.now() - hourMs })
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  assert.ok(Math.abs((edge.root()?.asOfMs ?? 0) - Date.now()) < 1_000)
  change('dev')
  await until(() => (namespaces(edge) as string[]).length === 2)
  assert.equal(warnings.length, 1)
  const [{ edgeAheadMs } = assert.fail()] = warnings
  assert.ok(Math.abs(Number(edgeAheadMs) - hourMs) < 1_000, String(edgeAheadMs))
})

test('what was heard before the agent’s machine slept is as old as it is', async (t) => {
  const hourMs = 3_600_000
  const heardMs = Date.now()
  const { edge, change, sync, until } = await start(t, { asOfMs: () => heardMs })
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  // For an hour nobody heard anything, and the agent's clock stood still.
  edge.nowMs = () => Date.now() + hourMs
  for (const name of ['a', 'b', 'c']) {
    change(name)
    await until(() => (namespaces(edge) as string[]).includes(name))
  }
  assert.ok((edge.root()?.generation ?? 0) > heardMs + hourMs, 'the root is of now')
  assert.ok(Math.abs((edge.root()?.asOfMs ?? 0) - heardMs) < 1_000, 'its data is not')
})

test('a Service and its slices that come within a moment are published together', async (t) => {
  const { edge, store, change, sync, until } = await start(t)
  edge.declaration = { ...edge.declaration, minPublishIntervalMs: 1_000 }
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const generation = edge.root()?.generation ?? 0
  const metadata = { namespace: 'prod', name: 'db' }
  store.upsert('Service', reduceObject('Service', { metadata, spec: { clusterIP: 'None' } }, agentDefaults))
  change('prod')
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.equal(edge.root()?.generation, generation)
  const labels = { 'kubernetes.io/service-name': 'db' }
  const slice = { metadata: { ...metadata, labels }, endpoints: [{ addresses: ['10.1.0.1'] }] }
  store.upsert('EndpointSlice', reduceObject('EndpointSlice', slice, agentDefaults))
  change('prod')
  await until(() => (edge.root()?.generation ?? 0) > generation)
  assert.deepEqual(Object.keys(edge.root()?.reverse ?? {}), ['10.1.0.0'])
})

test('where the budget is short, endpoint names of ClusterIP Services wait and the rest does not', async (t) => {
  // After the burst the next root is due in two minutes.
  const speed = 50
  const beganMs = Date.now()
  const nowMs = (): number => beganMs + (Date.now() - beganMs) * speed
  const { edge, store, change, sync, until } = await start(t, { nowMs, speed })
  edge.nowMs = nowMs
  // A key in 13 s and a burst of half a day's.
  edge.declaration = { ...edge.declaration, writesPerDay: 14_000 }
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
  for (let n = 0; n < 6_000; n++) put(n, 1)
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  const first = edge.root()
  const published = Object.keys(first?.endpointReverse ?? {}).length
  assert.ok(published > 1_000 && published < 6_000, `${published} of 6000 /24s of endpoint names`)
  assert.ok(Object.keys(first?.reverse ?? {}).length > 0)
  change('dev')
  await until(() => (namespaces(edge) as string[]).length === 2)
})

test('what one agent has spent of the budget is spent for the next, whatever its clock says', async (t) => {
  const edge = await startTestEdge(key.publicKey, Date.now)
  t.after(() => edge.close())
  edge.declaration = { ...edge.declaration, writesPerDay: 1_000 }
  const { writeMs } = paceLimits(edge.declaration, 60_000)
  const first = await start(t, { edge })
  first.change('prod')
  first.sync()
  await first.until(() => edge.root() !== undefined)
  const firstPaidMs = edge.root()?.paidUntilMs ?? 0
  assert.ok(Math.abs(firstPaidMs - (Date.now() + writeMs)) < 5_000)
  first.stop()
  await first.running
  const second = await start(t, { edge, nowMs: () => Date.now() - 3_600_000 })
  second.change('prod')
  second.change('dev')
  second.sync()
  await second.until(() => (namespaces(edge) as string[]).length === 2)
  // Each wrote a root and no blob.
  assert.ok(Math.abs((edge.root()?.paidUntilMs ?? 0) - (firstPaidMs + writeMs)) < 5_000)
})

test('where writes are not limited, a root says nothing of a budget', async (t) => {
  const { edge, change, sync, until } = await start(t)
  change('prod')
  sync()
  await until(() => edge.root() !== undefined)
  assert.equal(edge.root()?.paidUntilMs, undefined)
})
