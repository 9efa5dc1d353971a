import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parseSelector } from '../objects/label-selector.ts'
import type { ReduceOptions } from '../objects/reduce.ts'
import { createStore, type Store } from '../objects/store.ts'
import { agentDefaults } from '../options.ts'
import { startTestApi, type TestApi } from './api.case.ts'
import { loadKube } from './http/client.ts'
import { type Reflector, startReflector } from './reflector.ts'
import { type ClusterResource, resources, resourcesFor } from './resources.ts'
import { sinkFor } from './store-sink.ts'

type Scene = {
  api: TestApi
  store: Store
  reflector: Reflector
  waits: number[]
  warnings: Record<string, unknown>[]
  /** Resolves when the n-th change (from 1) has been noticed. */
  changed: (n: number) => Promise<void>
  /** Lets time pass (ms); it does not pass by itself. */
  pass: (ms: number) => void
}

const services = resources[1] ?? assert.fail()

function service(name: string, ip: string, resourceVersion: string): object {
  return { metadata: { namespace: 'prod', name, resourceVersion }, spec: { clusterIPs: [ip] } }
}

/** A reflector on a test API, of services by default; every wait is recorded and ends at once. */
async function open(
  t: TestContext,
  prepare: (api: TestApi) => void = () => {},
  resource: ClusterResource = services,
  options: ReduceOptions = agentDefaults,
): Promise<Scene> {
  const api = await startTestApi()
  prepare(api)
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-reflector-'))
  const file = join(dir, 'kubeconfig')
  await writeFile(file, api.kubeconfig)
  const stop = new AbortController()
  const kube = loadKube({ kubeconfig: file })
  const store = createStore()
  const waits: number[] = []
  const warnings: Record<string, unknown>[] = []
  let nowMs = Date.parse('2026-03-01T12:00:00Z')
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (ms <= 30_000) return void waits.push(ms)
    // A watchdog's wait, which ends with its request.
    if (!signal.aborted) await once(signal, 'abort')
  }
  const turns: (() => void)[] = []
  let changes = 0
  const reflector = startReflector(resource, sinkFor(resource.kind, store, options), {
    kube,
    clock: { nowMs: () => nowMs, sleep },
    random: () => 1,
    log: { info: () => {}, warn: (_, fields) => void warnings.push(fields ?? {}) },
    signal: stop.signal,
    changed: () => {
      changes++
      for (const turn of turns) turn()
    },
  })
  t.after(async () => {
    stop.abort()
    await reflector.done
    await kube.close()
    await api.close()
    await rm(dir, { recursive: true })
  })
  const changed = (n: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => void (changes >= n && resolve())
      turns.push(look)
      look()
    })
  return { api, store, reflector, waits, warnings, changed, pass: (ms) => void (nowMs += ms) }
}

function names(store: Store): string[] {
  return Array.from(store.keys('Service'), (key) => key.replace('prod/', ''))
}

test('a reflector lists in pages, and then watches from the version of the list, with bookmarks', async (t) => {
  const { api, store, reflector } = await open(t, ({ pages }) => {
    pages.length = 0
    pages.push(
      { metadata: { resourceVersion: '7', continue: 'more' }, items: [service('a', '10.0.0.1', '3')] },
      { metadata: { resourceVersion: '7' }, items: [service('b', '10.0.0.2', '4')] },
    )
  })
  await reflector.synced
  await api.watch(0)
  assert.deepEqual(names(store), ['a', 'b'])
  assert.deepEqual(
    api.requests.map((url) => url.searchParams.get('continue') ?? url.searchParams.get('resourceVersion')),
    [null, 'more', '7'],
  )
  assert.equal(api.requests[0]?.searchParams.get('limit'), '2000')
  assert.equal(api.requests[2]?.searchParams.get('allowWatchBookmarks'), 'true')
})

test('events change the store; a change that cannot affect DNS is not reported', async (t) => {
  const { api, store, changed } = await open(t)
  const watch = await api.watch(0)
  api.send(watch, 'ADDED', service('a', '10.0.0.1', '2'))
  await changed(1)
  api.send(watch, 'MODIFIED', service('a', '10.0.0.1', '3'))
  api.send(watch, 'ADDED', service('b', '10.0.0.2', '4'))
  await changed(2)
  assert.deepEqual(names(store), ['a', 'b'])
  api.send(watch, 'DELETED', service('a', '10.0.0.1', '5'))
  await changed(3)
  assert.deepEqual(names(store), ['b'])
})

test('a bookmark proves that the watch is alive, and gives the version to continue from after a clean end', async (t) => {
  const { api, reflector, changed, pass } = await open(t)
  const first = await api.watch(0)
  const listedMs = reflector.aliveMs()
  api.send(first, 'ADDED', service('a', '10.0.0.1', '40'))
  await changed(1)
  pass(500)
  api.send(first, 'BOOKMARK', { kind: 'Service', metadata: { resourceVersion: '90' } })
  first.end()
  await api.watch(1)
  assert.equal(api.requests.at(-1)?.searchParams.get('resourceVersion'), '90')
  assert.equal(reflector.aliveMs(), listedMs + 500)
})

test('the first events of a watch may be old, so they do not prove that the data is current', async (t) => {
  const { api, reflector, changed, pass } = await open(t)
  const first = await api.watch(0)
  const listedMs = reflector.aliveMs()
  api.send(first, 'ADDED', service('a', '10.0.0.1', '40'))
  await changed(1)
  pass(1_100)
  api.send(first, 'MODIFIED', service('a', '10.0.0.2', '41'))
  await changed(2)
  const aliveMs = reflector.aliveMs()
  assert.equal(aliveMs, listedMs + 1_100)
  first.destroy()
  const second = await api.watch(1)
  pass(20)
  api.send(second, 'MODIFIED', service('a', '10.0.0.3', '42'))
  await changed(3)
  assert.equal(reflector.aliveMs(), aliveMs)
  api.send(second, 'BOOKMARK', { kind: 'Service', metadata: { resourceVersion: '90' } })
  second.end()
  await api.watch(2)
  assert.ok(reflector.aliveMs() > aliveMs)
})

test('after a broken connection the watch resumes from the last version, after a wait', async (t) => {
  const { api, waits, warnings, changed } = await open(t)
  const first = await api.watch(0)
  api.send(first, 'ADDED', service('a', '10.0.0.1', '12'))
  await changed(1)
  first.destroy()
  await api.watch(1)
  assert.equal(api.requests.at(-1)?.searchParams.get('resourceVersion'), '12')
  assert.deepEqual(waits, [800])
  assert.equal(warnings[0]?.code, 'KUBE_UNREACHABLE')
})

for (const how of ['as a status', 'as an event']) {
  test(`410 ${how} leads to a new list, and objects that are not in it are removed`, async (t) => {
    const { api, store, changed } = await open(t)
    const first = await api.watch(0)
    api.send(first, 'ADDED', service('a', '10.0.0.1', '12'))
    await changed(1)
    api.pages[0] = { metadata: { resourceVersion: '99' }, items: [service('b', '10.0.0.2', '50')] }
    if (how === 'as a status') api.refusals.push({ verb: 'watch', status: 410 })
    else api.send(first, 'ERROR', { kind: 'Status', code: 410, message: 'too old resource version' })
    first.end()
    await api.watch(1)
    assert.deepEqual(names(store), ['b'])
    assert.equal(api.requests.at(-1)?.searchParams.get('resourceVersion'), '99')
  })
}

test('waits double while the API fails, and are never shorter than it asks for', async (t) => {
  const { api, waits, reflector } = await open(t, ({ refusals }) => {
    refusals.push({ verb: 'list', status: 500 }, { verb: 'list', status: 503 })
    refusals.push({ verb: 'list', status: 429, retryAfter: '7' })
  })
  await reflector.synced
  await api.watch(0)
  assert.deepEqual(waits, [800, 1600, 7000])
})

test('a watch that repeatedly ends at once does not flood the API with requests', async (t) => {
  const { api, waits } = await open(t)
  for (const n of [0, 1, 2]) (await api.watch(n)).end()
  await api.watch(3)
  assert.deepEqual(waits, [800, 1600, 3200])
})

test('the error for a missing role has the verb and the resource', async (t) => {
  const { reflector, warnings, waits } = await open(t, ({ refusals }) => {
    refusals.push({ verb: 'list', status: 403 }, { verb: 'list', status: 403 })
  })
  await reflector.synced
  assert.equal(warnings[0]?.code, 'KUBE_FORBIDDEN')
  assert.match(String(warnings[0]?.reason), /list services.*status 403, says the API.*role/)
  assert.deepEqual(waits, [800, 10_000])
})

test('an invalid event ends the watch, and is reported', async (t) => {
  const { api, warnings } = await open(t)
  ;(await api.watch(0)).write('{"type":"SURPRISE","object":{}}\n')
  ;(await api.watch(1)).write('no json\n')
  await api.watch(2)
  assert.deepEqual(
    warnings.map((warning) => warning.code),
    ['KUBE_ANSWER', 'KUBE_ANSWER'],
  )
})

test('Pods are watched only where their names are verified, and only those that have not ended', async (t) => {
  for (const mode of ['disabled', 'insecure'] as const) assert.deepEqual(resourcesFor(mode), resources)
  const pods = resourcesFor('verified').at(-1) ?? assert.fail()
  const { api, store, changed } = await open(t, undefined, pods)
  const watch = await api.watch(0)
  for (const url of api.requests) {
    assert.equal(url.pathname, '/api/v1/pods')
    assert.equal(
      url.searchParams.get('fieldSelector'),
      'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown',
    )
  }
  const pod = (resourceVersion: string, fields: object): object => ({
    metadata: { namespace: 'prod', name: 'a', resourceVersion, ...fields },
    spec: { nodeName: 'n' },
    status: { podIP: '10.244.1.5' },
  })
  api.send(watch, 'ADDED', pod('2', {}))
  await changed(1)
  assert.deepEqual(store.get('Pod', 'prod/a')?.addresses, ['10.244.1.5'])
  // Only the deletion changes answers, not the start of the termination.
  api.send(watch, 'MODIFIED', pod('3', { deletionTimestamp: '2026-11-23T12:00:00Z' }))
  api.send(watch, 'DELETED', pod('4', {}))
  await changed(2)
  assert.deepEqual([...store.keys('Pod')], [])
})

test('a change of labels selects or deselects a namespace; changes of other labels are not reported', async (t) => {
  const namespaces = resources[0] ?? assert.fail()
  const namespaceLabels = parseSelector('dns=yes')
  const { api, store, changed } = await open(t, undefined, namespaces, { ...agentDefaults, namespaceLabels })
  const watch = await api.watch(0)
  const send = (type: string, resourceVersion: string, labels: object): void =>
    api.send(watch, type, { metadata: { name: 'prod', resourceVersion, labels } })
  send('ADDED', '2', { dns: 'no' })
  await changed(1)
  assert.equal(store.get('Namespace', 'prod')?.isSelected, false)
  send('MODIFIED', '3', { dns: 'no', other: 'label' })
  send('MODIFIED', '4', { dns: 'yes', other: 'label' })
  await changed(2)
  assert.equal(store.get('Namespace', 'prod')?.isSelected, true)
  send('MODIFIED', '5', {})
  await changed(3)
  assert.equal(store.get('Namespace', 'prod')?.isSelected, false)
})

test('a requested list ends the watch without counting as a failure, and reports everything it brings', async (t) => {
  const { api, store, reflector, changed, pass, warnings, waits } = await open(t, ({ pages }) => {
    pages[0] = { metadata: { resourceVersion: '7' }, items: [service('a', '10.0.0.1', '3')] }
  })
  await changed(1)
  await api.watch(0)
  const listedMs = reflector.listedMs()
  pass(100)
  reflector.relist()
  await changed(2)
  assert.equal(reflector.listedMs(), listedMs + 100)
  assert.deepEqual(names(store), ['a'])
  await api.watch(1)
  assert.deepEqual(warnings, [])
  assert.deepEqual(waits, [])
})

test('a list that is requested while another one is read begins after the request', async (t) => {
  const { api, reflector, changed } = await open(t, ({ pages }) => {
    pages[0] = { metadata: { resourceVersion: '7' }, items: [service('a', '10.0.0.1', '3')] }
  })
  reflector.relist()
  await changed(2)
  await api.watch(0)
  assert.deepEqual(
    api.requests.map((url) => url.searchParams.has('watch')),
    [false, false, true],
  )
})

test('after a failure, the next attempt after a request for a list lists', async (t) => {
  const { api, reflector, warnings } = await open(t)
  const first = await api.watch(0)
  api.refusals.push({ verb: 'list', status: 500 })
  reflector.relist()
  await api.watch(1)
  first.destroy()
  assert.deepEqual(
    api.requests.map((url) => url.searchParams.has('watch')),
    [false, true, false, false, true],
  )
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['KUBE_ANSWER'],
  )
})
