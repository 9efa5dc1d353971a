import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClock } from '../clock.ts'
import { shortName } from '../events.ts'
import { resolveOptions } from '../options.ts'
import { startTestApi } from './api.case.ts'
import { loadKube } from './http/client.ts'
import { watchedResources } from './resources.ts'
import { watchCluster } from './watch-cluster.ts'

test('with `namespaced`, only the paths of the namespaces are requested, and a list of one namespace does not change the others', async (t) => {
  const api = await startTestApi()
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-scope-'))
  const file = join(dir, 'kubeconfig')
  await writeFile(file, api.kubeconfig)
  const kube = loadKube({ kubeconfig: file })
  const stop = new AbortController()
  const options = resolveOptions({
    cluster: 'test',
    ...{ namespaces: ['team-a', 'team-b', 'team-a'], namespaced: true },
  })
  const source = watchCluster(options, {
    ...{ kube, clock: createClock(() => Date.now()), random: () => 0, signal: stop.signal },
    log: { info: () => {}, warn: () => {} },
  })
  t.after(async () => {
    stop.abort()
    await source.done
    await kube.close()
    await api.close()
    await rm(dir, { recursive: true })
  })
  await source.synced
  await api.watch(3)
  const paths = ['/api/v1/namespaces/NS/services', '/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices']
  const wanted = ['team-a', 'team-b'].flatMap((name) => paths.map((path) => path.replace('NS', name)))
  const asked = new Set(api.requests.map(({ pathname }) => pathname))
  assert.deepEqual([...asked].toSorted(), wanted.toSorted())
  assert.deepEqual(watchedResources(options).map(shortName), [
    ...['team-a/services', 'team-a/endpointslices', 'team-b/services', 'team-b/endpointslices'],
  ])
  assert.deepEqual([...source.store.keys('Namespace')], ['team-a', 'team-b'])

  const watches = api.requests.filter(({ searchParams }) => searchParams.has('watch'))
  const heard = Promise.withResolvers<void>()
  let changes = 0
  source.onChange(() => ++changes === 2 && heard.resolve())
  for (const namespace of ['team-a', 'team-b']) {
    const path = `/api/v1/namespaces/${namespace}/services`
    const watch = await api.watch(watches.findIndex(({ pathname }) => pathname === path))
    const metadata = { namespace, name: 'web', resourceVersion: '2' }
    api.send(watch, 'ADDED', { metadata, spec: { clusterIPs: ['10.96.0.1'] } })
  }
  await heard.promise
  const names = (): string[] => [...source.store.keys('Service')]
  assert.deepEqual(names().toSorted(), ['team-a/web', 'team-b/web'])

  // The version has expired: the next list of team-a is empty, and has no effect on team-b.
  const first = await api.watch(watches.findIndex(({ pathname }) => pathname.includes('team-a/services')))
  api.send(first, 'ERROR', { code: 410, message: 'too old' })
  await api.watch(4)
  assert.deepEqual(names(), ['team-b/web'])
})

test('without `namespaced`, the scope is the whole cluster', () => {
  assert.throws(
    () => resolveOptions({ cluster: 'test', namespaced: true }),
    /namespaced: needs at least one namespace/,
  )
})
