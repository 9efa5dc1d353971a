import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createClock } from '../../clock.ts'
import { startTestApi, type TestApi } from '../../kube/api.case.ts'
import { loadKube } from '../../kube/http/client.ts'
import type { PolicyPlace } from '../../kube/resources.ts'
import { watchPolicyObjects } from './policy-objects.ts'
import { createPolicyIntake, type PolicySource } from './policy-source.ts'

const place: PolicyPlace = { kind: 'ConfigMap', namespace: 'kubedoh', name: 'access' }
const policy = (namespace: string): string => `version: 1\nanonymous: {namespaces: [${namespace}]}\n`

function object(resourceVersion: string, text: string): object {
  return {
    metadata: { namespace: 'kubedoh', name: 'access', resourceVersion },
    data: { 'policy.yaml': text },
  }
}

function page(resourceVersion: string, ...items: object[]): object {
  return { metadata: { resourceVersion }, items }
}

type Scene = {
  source: PolicySource
  problems: () => string
  shows: (namespace: string | undefined) => Promise<void>
}

async function start(t: TestContext, api: TestApi, places: readonly PolicyPlace[] = [place]): Promise<Scene> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-policy-'))
  const file = join(dir, 'kubeconfig')
  await writeFile(file, api.kubeconfig)
  const kube = loadKube({ kubeconfig: file })
  const stop = new AbortController()
  const log = { info: () => {}, warn: () => {} }
  let problems: readonly string[] = []
  const intake = createPolicyIntake({
    log,
    notify: (event) => {
      if (event.kind === 'policy') ({ problems } = event)
    },
  })
  const clock = createClock(Date.now)
  const source = watchPolicyObjects(places, intake, {
    kube,
    clock,
    log,
    random: () => 0,
    signal: stop.signal,
  })
  t.after(async () => {
    stop.abort()
    await source.done
    await kube.close()
    await api.close()
    await rm(dir, { recursive: true })
  })
  const seen = (): string | undefined => {
    const scope = source.current()?.anonymous
    return scope?.kind === 'namespaces' ? scope.names[0] : undefined
  }
  const shows = async (namespace: string | undefined): Promise<void> => {
    while (seen() !== namespace) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { source, shows, problems: () => problems.join('\n') }
}

test('one ConfigMap is listed and watched by its name, as JSON', async (t) => {
  const api = await startTestApi()
  api.pages[0] = page('7', object('5', policy('a')))
  const { shows } = await start(t, api)
  await shows('a')
  const watch = await api.watch(0)
  for (const url of api.requests) {
    assert.equal(url.pathname, '/api/v1/namespaces/kubedoh/configmaps')
    assert.equal(url.searchParams.get('fieldSelector'), 'metadata.name=access')
  }
  assert.equal(api.headers[0]?.accept, 'application/json')
  api.send(watch, 'MODIFIED', object('8', policy('b')))
  await shows('b')
})

test('a ConfigMap that is broken, deleted and made again', async (t) => {
  const api = await startTestApi()
  api.pages[0] = page('7', object('5', 'version: 9'))
  const { source, shows, problems } = await start(t, api)
  await source.ready
  assert.match(problems(), /^ConfigMap kubedoh\/access, policy\.yaml: line 1, version/)
  const watch = await api.watch(0)
  api.send(watch, 'MODIFIED', object('8', policy('a')))
  await shows('a')
  api.send(watch, 'DELETED', object('9', policy('a')))
  await shows(undefined)
  assert.equal(problems(), 'ConfigMap kubedoh/access: it does not exist')
  api.send(watch, 'ADDED', object('10', policy('b')))
  await shows('b')
})

test('a ConfigMap that does not exist, and one that the role does not allow, are broken', async (t) => {
  const absent = await startTestApi()
  const first = await start(t, absent)
  await first.source.ready
  assert.equal(first.problems(), 'ConfigMap kubedoh/access: it does not exist')
  const forbidden = await startTestApi()
  forbidden.refusals.push({ verb: 'list', status: 403 })
  forbidden.pages[0] = page('7', object('5', policy('a')))
  const second = await start(t, forbidden)
  await second.source.ready
  await second.shows('a')
})

test('a watch that is interrupted keeps the policy', async (t) => {
  const api = await startTestApi()
  api.pages[0] = page('7', object('5', policy('a')))
  const { source, shows } = await start(t, api)
  await shows('a')
  const watch = await api.watch(0)
  api.refusals.push({ verb: 'watch', status: 500 })
  watch.destroy()
  await api.watch(1)
  await source.ready
  await shows('a')
})

test('several objects are one policy, which is read when all of them are known', async (t) => {
  const api = await startTestApi()
  api.pages[0] = page('7', object('5', policy('a')))
  const other: PolicyPlace = { ...place, name: 'more' }
  const { source, problems } = await start(t, api, [place, other])
  await source.ready
  // The test API has the same object under both names.
  assert.match(problems(), /^ConfigMap kubedoh\/more, policy\.yaml, anonymous: another file has it as well/)
})
