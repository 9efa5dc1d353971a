import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { generateKey, importPrivateKey } from '../../snapshot/key.ts'
import { startTestApi } from '../../sync/kube/api.case.ts'
import { resolveOptions } from '../../sync/options.ts'
import { publishSource } from './publish-source.ts'

test('an internal fault ends all parts of an agent and rejects with that fault', async (t) => {
  const api = await startTestApi()
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-publish-source-'))
  const stop = new AbortController()
  t.after(async () => {
    stop.abort()
    await api.close()
    await rm(dir, { recursive: true })
  })
  const kubeconfig = join(dir, 'kubeconfig')
  await writeFile(kubeconfig, api.kubeconfig)
  const fault = new TypeError('the log has a fault')
  const running = publishSource(
    { kind: 'cluster', location: { kubeconfig }, title: 'the test' },
    resolveOptions({ cluster: 'test' }),
    {
      key: await importPrivateKey(await generateKey()),
      edges: [{ url: 'http://127.0.0.1:1', fetch }],
      log: {
        info: () => {},
        warn: (message) => {
          if (message === 'watch interrupted') throw fault
        },
      },
      signal: stop.signal,
      lease: { namespace: 'kube-system', name: 'kubedoh', identity: 'a' },
      observed: { healthListen: undefined, skipEvents: true },
      show: undefined,
      env: {},
    },
  )
  const rejected = assert.rejects(running, fault)
  const watches = await Promise.all([0, 1, 2].map((n) => api.watch(n)))
  watches[1]?.write('no json\n')
  await rejected
  await Promise.all(watches.map((watch) => watch.closed))
  const before = api.requests.length
  // Long enough for the election's next attempt and for any first wait after a failure.
  await pause(1_500)
  assert.equal(api.requests.length, before)
})
