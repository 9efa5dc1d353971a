import type { EdgeUnderTest } from '../test/blackbox/edge-under-test.ts'
import { newKey, publishFile } from '../test/blackbox/publish.ts'
import { bundleWorker } from '../test/workerd/bundle.ts'
import { startKvBackend } from '../test/workerd/kv-backend.ts'
import { type ServedWorker, serveWorker } from '../test/workerd/serve.ts'
import { bareWorker } from './bare-worker.ts'
import type { Contender } from './contender.ts'

/** Our bundle on `workerd serve` with the sample cluster published, and a bare Worker that reads the body. */
export async function workerdContenders(): Promise<{ contenders: Contender[]; bundle: string }> {
  const [kv, key, bundle] = await Promise.all([startKvBackend(), newKey(), bundleWorker()])
  const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
  const vars = { KUBEDOH_CONFIG: JSON.stringify({ public: true, clusters }) }
  const ours = await serveWorker(bundle, { kvPort: kv.port, vars })
  const edge: EdgeUnderTest = { runtime: 'workerd', url: ours.url, fetch, stop: ours.stop }
  await publishFile(edge, 'dev', key)
  const floor = await serveWorker(bareWorker)
  const stopOurs = async (): Promise<void> => {
    await ours.stop()
    await kv.close()
  }
  const contenders = [
    contender('kubedoh Worker', ours, stopOurs),
    contender('bare Worker', floor, floor.stop),
  ]
  return { contenders, bundle }
}

function contender(name: string, served: ServedWorker, stop: () => Promise<void>): Contender {
  return { name, url: `${served.url}/dns-query`, process: served.process, http1: true, stop }
}
