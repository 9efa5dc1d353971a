import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { bundleWorker } from '../../deploy/worker/bundle.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { ask, show } from '../blackbox/ask.ts'
import type { EdgeUnderTest } from '../blackbox/edge-under-test.ts'
import { newKey, publishThrough } from '../blackbox/publish.ts'
import { waitFor } from '../wait-for.ts'
import { type KvBackend, startKvBackend } from './kv-backend.ts'
import { type ServedWorker, serveWorker } from './serve.ts'

/* The Worker with a register that serves, on workerd: answers come from the Durable Object, and KV gets a checkpoint. */

let kv: KvBackend
let key: SigningKey
let served: ServedWorker
let edge: EdgeUnderTest

before(async () => {
  ;[kv, key] = await Promise.all([startKvBackend(), newKey()])
  const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
  served = await serveWorker(await bundleWorker(), {
    kvPort: kv.port,
    vars: {
      KUBEDOH_CONFIG: JSON.stringify({ public: true, clusters }),
      KUBEDOH_REGISTER_SERVES: 'true',
      KUBEDOH_WRITES_PER_DAY: '0',
      KUBEDOH_PUBLISH_INTERVAL_MS: '100',
    },
  })
  edge = { runtime: 'workerd', url: served.url, fetch, stop: () => served.stop() }
})
after(async () => {
  await served.stop()
  await kv.close()
})

const objects = (address: string): string => `
apiVersion: v1
kind: Namespace
metadata: { name: x }
---
apiVersion: v1
kind: Service
metadata: { namespace: x, name: web }
spec: { clusterIP: ${address}, clusterIPs: ['${address}'], ports: [{ port: 80 }] }
`
const address = async (): Promise<string> =>
  show(await ask(edge, 'web.x.svc.cluster.local A')).replace(/^[^]* A /, '')

test('answers come from the register: KV is not asked for the root, and has the first checkpoint', async () => {
  const asked: string[] = []
  kv.beforeRead = (name) => void asked.push(name)
  await publishThrough(fetch, edge.url, 'dev', key, objects('10.0.0.1'))
  assert.equal(await address(), '10.0.0.1')
  await waitFor('a checkpoint', () => kv.values.has('dev/root'))
  assert.deepEqual(asked, [])
  const blobs = [...kv.values.keys()].filter((name) => name.startsWith('dev/blob/'))
  assert.ok(blobs.length >= 2)
})

test('a change is answered at once, while KV still has the checkpoint before it', async () => {
  const checkpoint = kv.values.get('dev/root')?.toString()
  for (let change = 2; change < 5; change++) {
    await publishThrough(fetch, edge.url, 'dev', key, objects(`10.0.0.${change}`))
    await waitFor('the change', async () => (await address()) === `10.0.0.${change}`)
  }
  assert.equal(kv.values.get('dev/root')?.toString(), checkpoint)
})

test('nothing of the register is readable over HTTP', async () => {
  const hash = 'x'.repeat(43)
  const unknown = await fetch(`${edge.url}/no-such-path`)
  const body = await unknown.text()
  for (const path of ['head', `root/${hash}`, `blob/${hash}`, `blobs?hashes=${hash}`]) {
    for (const base of ['/dev/', '/register/dev/', '/ingest/dev/', '/kubedoh-register/dev/']) {
      if (base === '/ingest/dev/' && path === `root/${hash}`) continue
      const response = await fetch(edge.url + base + path, { headers: { host: 'register.kubedoh.invalid' } })
      assert.equal(response.status, 404, base + path)
      if (!base.startsWith('/ingest')) assert.equal(await response.text(), body)
      else await response.body?.cancel()
    }
  }
})
