import { bundleWorker } from '../../deploy/worker/bundle.ts'
import { ledgerContract } from '../../worker/register/ledger.case.ts'
import type { Ledger } from '../../worker/register/ledger.ts'
import { startKvBackend } from './kv-backend.ts'
import { serveWorker } from './serve.ts'

const methods = [
  ...[
    'useNonce',
    'beginBlobs',
    'finishBlobs',
    'acceptRoot',
    'root',
    'markStored',
    'chooseGarbage',
    'keepBuckets',
    'bucketTexts',
    'namedBlobs',
  ],
  ...['dropBlobs', 'lastRefusal', 'setLastRefusal'],
] as readonly (keyof Ledger)[]

type Answered = { readonly value?: unknown; readonly failed?: string; readonly code?: string }

ledgerContract('Durable Object', async () => {
  const [kv, module] = await Promise.all([startKvBackend(), bundleWorker('test/workerd/ledger-worker.ts')])
  const served = await serveWorker(module, { kvPort: kv.port, vars: {} })
  const ask = async (asked: object): Promise<unknown> => {
    const response = await fetch(served.url, { method: 'POST', body: JSON.stringify(asked) })
    const { value, failed, code } = (await response.json()) as Answered
    if (failed !== undefined) throw Object.assign(new Error(failed), { code })
    return value
  }
  return {
    ledgerOf: (cluster) =>
      Object.fromEntries(
        methods.map((method) => [method, (...args: unknown[]) => ask({ cluster, method, args })]),
      ) as unknown as Ledger,
    reopen: async () => void (await ask({ method: 'reopen' })),
    async close() {
      await served.stop()
      await kv.close()
    },
  }
})
