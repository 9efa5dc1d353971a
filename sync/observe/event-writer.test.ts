import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createClock } from '../clock.ts'
import { agentEvents } from '../events.case.ts'
import type { Notify } from '../events.ts'
import { startTestApi, type TestApi } from '../kube/api.case.ts'
import { loadKube } from '../kube/http/client.ts'
import { policyResources, resources } from '../kube/resources.ts'
import type { Skipped } from '../objects/skipped.ts'
import { startSkipEvents } from './event-writer.ts'

type Scene = {
  api: TestApi
  skip: (...skipped: readonly Skipped[]) => void
  /** Reports the policy with these problems, or as valid. */
  judge: (...problems: readonly string[]) => void
  results: string[]
  lines: Record<string, unknown>[]
  waits: number[]
  done: Promise<void>
  until: (met: () => boolean) => Promise<void>
}

/** Events over a test API in which every object has the same uid. */
async function open(t: TestContext): Promise<Scene> {
  const api = await startTestApi()
  api.pages[0] = {
    metadata: { resourceVersion: '9' },
    items: [{ metadata: { name: 'x', uid: 'uid-1', resourceVersion: '7' } }],
  }
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-events-'))
  const file = join(dir, 'kubeconfig')
  await writeFile(file, api.kubeconfig)
  const kube = loadKube({ kubeconfig: file })
  const stop = new AbortController()
  const clock = createClock(() => Date.parse('2026-01-02T03:04:05.678Z'))
  const waits: number[] = []
  const results: string[] = []
  const lines: Record<string, unknown>[] = []
  const { notify, done }: { notify: Notify; done: Promise<void> } = startSkipEvents({
    kube,
    resources: [...resources, ...Object.values(policyResources)],
    policyPlaces: [{ kind: 'ConfigMap', namespace: 'kubedoh', name: 'access' }],
    instance: 'agent-1',
    clock: {
      ...clock,
      sleep: async (ms, signal) => {
        if (ms !== 1_000) return clock.sleep(ms, signal)
        waits.push(ms)
      },
    },
    log: { info: (_, fields) => void lines.push(fields ?? {}), warn: () => assert.fail('no warning') },
    signal: stop.signal,
    count: (result) => void results.push(result),
  })
  t.after(async () => {
    stop.abort()
    await done
    await kube.close()
    await api.close()
    await rm(dir, { recursive: true })
  })
  const until = async (met: () => boolean): Promise<void> => {
    while (!met()) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {
    api,
    skip: (...skipped) => notify(agentEvents.round({ skipped, atMs: 0 })),
    judge: (...problems) => notify({ kind: 'policy', problems }),
    results,
    lines,
    waits,
    done,
    until,
  }
}

const web: Skipped = {
  kind: 'Service',
  object: 'prod/web',
  cause: 'cluster_ip',
  reason: 'it has no cluster IP',
}
const slice: Skipped = {
  kind: 'EndpointSlice',
  object: 'prod/web-abc',
  cause: 'port',
  reason: 'port 0 is not a number',
}
const namespace: Skipped = { kind: 'Namespace', object: 'prod', cause: 'name', reason: 'its name is odd' }

test('an Event of events.k8s.io/v1 about the object, with its uid', async (t) => {
  const { api, skip, results, until } = await open(t)
  skip(web, slice, namespace)
  await until(() => results.length === 3)
  const [first, second, third] = api.created
  assert.ok(first && second && third)
  assert.equal(first.path, '/apis/events.k8s.io/v1/namespaces/prod/events')
  const { metadata, ...event } = first.object
  assert.deepEqual(event, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    eventTime: '2026-01-02T03:04:05.678000Z',
    reportingController: 'kubedoh/agent',
    reportingInstance: 'agent-1',
    action: 'Publishing',
    reason: 'KubedohSkipped',
    type: 'Warning',
    regarding: {
      ...{ apiVersion: 'v1', kind: 'Service', namespace: 'prod', name: 'web' },
      ...{ uid: 'uid-1', resourceVersion: '7' },
    },
    note: 'Not in DNS: it has no cluster IP',
  })
  const { name } = metadata as { name: string }
  assert.match(name, /^web\.[0-9a-f]{16}$/)
  assert.deepEqual(
    api.requests.filter(({ pathname }) => !pathname.endsWith('/events')).map(({ pathname }) => pathname),
    [
      '/api/v1/namespaces/prod/services',
      '/apis/discovery.k8s.io/v1/namespaces/prod/endpointslices',
      '/api/v1/namespaces',
    ],
  )
  assert.equal(api.requests[0]?.searchParams.get('fieldSelector'), 'metadata.name=web')
  assert.equal((second.object.regarding as { apiVersion: string }).apiVersion, 'discovery.k8s.io/v1')
  assert.equal(third.path, '/apis/events.k8s.io/v1/namespaces/default/events')
})

test('one Event for each object and reason, one second apart', async (t) => {
  const { api, skip, results, waits, until } = await open(t)
  skip(web, slice)
  await until(() => results.length === 2)
  skip(web, slice)
  skip(web, slice, { ...web, reason: 'cluster IP "x" is no IP address' })
  await until(() => results.length === 3)
  assert.deepEqual(
    api.created.map(({ object }) => object.note),
    [
      'Not in DNS: it has no cluster IP',
      'Not in DNS: port 0 is not a number',
      'Not in DNS: cluster IP "x" is no IP address',
    ],
  )
  await until(() => waits.length === 3)
})

test('an Event that exists already or an object that is gone is not a failure', async (t) => {
  const { api, skip, results, lines, until } = await open(t)
  api.refusals.push({ verb: 'create', status: 409 })
  skip(web)
  await until(() => results.length === 1)
  api.pages[0] = { metadata: { resourceVersion: '9' }, items: [] }
  skip(slice)
  await until(() => results.length === 2)
  assert.deepEqual(results, ['exists', 'exists'])
  assert.deepEqual(api.created, [])
  assert.deepEqual(lines, [])
})

test('a role that does not allow Events: one log line and no further attempt', async (t) => {
  const { api, skip, results, lines, done } = await open(t)
  api.refusals.push({ verb: 'create', status: 403 })
  skip(web, slice)
  await done
  assert.deepEqual(results, ['failed'])
  assert.equal(lines.length, 1)
  assert.match(String(lines[0]?.reason), /create events\.events\.k8s\.io.*403/)
  assert.equal(api.requests.length, 2)
})

test('another failure is logged once for its code and retried after a later round', async (t) => {
  const { api, skip, results, lines, until } = await open(t)
  api.refusals.push({ verb: 'create', status: 500 }, { verb: 'create', status: 500 })
  skip(web)
  await until(() => results.length === 1)
  skip(web)
  await until(() => results.length === 2)
  skip(web)
  await until(() => results.length === 3)
  assert.deepEqual(results, ['failed', 'failed', 'created'])
  assert.deepEqual(
    lines.map(({ code }) => code),
    ['KUBE_ANSWER'],
  )
})

test('a broken policy is an Event about its ConfigMap, once until it breaks in another way', async (t) => {
  const { api, judge, skip, results, until } = await open(t)
  judge('policy.yaml: line 2: a fault', 'policy.yaml: line 3: another')
  await until(() => results.length === 1)
  skip()
  judge('policy.yaml: line 2: a fault', 'policy.yaml: line 3: another')
  judge('policy.yaml: line 9: a third')
  await until(() => results.length === 2)
  judge()
  skip(web)
  await until(() => results.length === 3)
  assert.deepEqual(
    api.created.map(({ path, object }) => [path, object.reason, object.note]),
    [
      [
        '/apis/events.k8s.io/v1/namespaces/kubedoh/events',
        'KubedohPolicyBroken',
        'The last good access policy stays in force: policy.yaml: line 2: a fault; policy.yaml: line 3: another',
      ],
      [
        '/apis/events.k8s.io/v1/namespaces/kubedoh/events',
        'KubedohPolicyBroken',
        'The last good access policy stays in force: policy.yaml: line 9: a third',
      ],
      ['/apis/events.k8s.io/v1/namespaces/prod/events', 'KubedohSkipped', `Not in DNS: ${web.reason}`],
    ],
  )
  assert.deepEqual(api.created[0]?.object.regarding, {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kubedoh', name: 'access' },
    ...{ uid: 'uid-1', resourceVersion: '7' },
  })
  const [list] = api.requests
  assert.equal(list?.pathname, '/api/v1/namespaces/kubedoh/configmaps')
  assert.equal(list?.searchParams.get('fieldSelector'), 'metadata.name=access')
})
