import { bundleWorker } from '../../deploy/worker/bundle.ts'
import type { RegisterOutcome } from '../../worker/register/register.ts'
import { startKvBackend } from '../workerd/kv-backend.ts'
import { serveWorker } from '../workerd/serve.ts'
import type { Site } from './garbage.ts'

/** The register of the Durable Object on workerd, with workerd's KV as store. Its process is never killed. */
export async function workerdSite(): Promise<Site> {
  const [kv, module] = await Promise.all([startKvBackend(), bundleWorker('test/workerd/register-worker.ts')])
  const served = await serveWorker(module, {
    kvPort: kv.port,
    vars: { KUBEDOH_REGISTER_SERVES: 'false' },
  })
  // A rule broken during a write of the store is reported with the answer.
  let broken: unknown
  kv.fateOf = (operation, key) => {
    const fate = site.fate(operation, key)
    return fate === 'lost answer' || fate === 'done' ? fate : 'refused'
  }
  kv.onWrite = (key, value) => {
    try {
      site.onWrite(key, value)
    } catch (error) {
      broken ??= error
    }
  }

  async function ask(body: object): Promise<unknown> {
    const response = await fetch(served.url, { method: 'POST', body: JSON.stringify(body) })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${response.status} ${text}`)
    if (broken) throw broken
    return JSON.parse(text)
  }

  const site: Site = {
    call: async (method, to, what) =>
      (await ask({ cluster: to.cluster, method, to, what })) as RegisterOutcome,
    values: {
      get: (key) => kv.values.get(key)?.toString(),
      has: (key) => kv.values.has(key),
      keys: () => kv.values.keys(),
    },
    rows: async (cluster) => (await ask({ cluster, method: 'rows' })) as string[],
    fate: () => 'done',
    onWrite: () => undefined,
    landLate: () => undefined,
    dies: false,
    async close() {
      await served.stop()
      await kv.close()
    },
  }
  return site
}
