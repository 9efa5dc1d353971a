import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bundleWorker } from '../../deploy/worker/bundle.ts'
import { createEdgeClient } from '../../sync/publish/edge-client.ts'
import { ask, show } from '../blackbox/ask.ts'
import { newKey, oneService, publishThrough } from '../blackbox/publish.ts'
import { waitFor } from '../wait-for.ts'
import { startKvBackend } from './kv-backend.ts'
import { type ServedWorker, serveWorker } from './serve.ts'

/* The register on workerd is switched between serving and not serving by deployments over the same KV and Durable Object. */

const objects = (address: string): string => oneService(address, 'x')

test('a Worker whose register serves, then does not, then serves again, answers right and never goes back', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-switching-'))
  const [kv, key, worker] = await Promise.all([startKvBackend(), newKey(), bundleWorker()])
  let served: ServedWorker | undefined
  t.after(async () => {
    await served?.stop()
    await kv.close()
    await rm(dir, { recursive: true })
  })
  const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
  const deploy = async (serves: boolean): Promise<void> => {
    await served?.stop()
    served = await serveWorker(worker, {
      kvPort: kv.port,
      objects: dir,
      vars: {
        KUBEDOH_CONFIG: JSON.stringify({ public: true, clusters }),
        KUBEDOH_REGISTER_SERVES: String(serves),
        KUBEDOH_WRITES_PER_DAY: '0',
        KUBEDOH_PUBLISH_INTERVAL_MS: '100',
      },
    })
  }
  const publish = async (address: string) =>
    publishThrough(fetch, served?.url ?? '', 'dev', key, objects(address))
  const address = async (): Promise<string> => {
    const edge = { runtime: 'workerd', url: served?.url ?? '', fetch, stop: async () => undefined } as const
    return show(await ask(edge, 'web.x.svc.cluster.local A')).replace(/^[^]* A /, '')
  }
  const rootInKv = (): string | undefined => kv.values.get('dev/root')?.toString()

  await deploy(false)
  await publish('10.0.0.1')
  assert.equal(await address(), '10.0.0.1')
  const stored = rootInKv()

  // Before the first publish, the root of KV is in force.
  await deploy(true)
  assert.equal(await address(), '10.0.0.1')
  await publish('10.0.0.2')
  await waitFor('the first checkpoint', () => rootInKv() !== stored)
  await publish('10.0.0.3')
  await waitFor('the change', async () => (await address()) === '10.0.0.3')
  const checkpoint = rootInKv()

  // The root that was served last is not in KV yet.
  await deploy(false)
  await publish('10.0.0.4')
  assert.notEqual(rootInKv(), checkpoint)
  assert.equal(await address(), '10.0.0.4')
  const newest = rootInKv()

  // The root that the register served before is older than that of KV.
  await deploy(true)
  assert.equal(await address(), '10.0.0.4')
  assert.equal(rootInKv(), newest)
  await publish('10.0.0.5')
  await waitFor('the next change', async () => (await address()) === '10.0.0.5')

  // Nobody publishes: any call of an agent starts the object, whose alarm stores the root that was served last.
  await deploy(false)
  const url = served?.url ?? ''
  await createEdgeClient({
    ...{ url, cluster: 'dev', key, fetch, nowMs: Date.now, requestTimeoutMs: 60_000 },
  }).state()
  await waitFor('the last root in KV', () => rootInKv() !== newest)
  await deploy(false)
  assert.equal(await address(), '10.0.0.5')
})
