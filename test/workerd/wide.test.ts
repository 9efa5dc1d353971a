import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundleWorker } from '../../deploy/worker/bundle.ts'
import { maxWholeValue } from '../../worker/register/reads.ts'
import { ask, show } from '../blackbox/ask.ts'
import type { EdgeUnderTest } from '../blackbox/edge-under-test.ts'
import { newKey, publishThrough } from '../blackbox/publish.ts'
import { waitFor } from '../wait-for.ts'
import { startKvBackend } from './kv-backend.ts'
import { serveWorker } from './serve.ts'
import { wideObjects } from './wide-objects.ts'

/* A cluster whose root has more buckets than come with it, on workerd: isolates read the buckets that they need. */

const services = 3_000

test('an isolate reads the buckets of a wide cluster from the register, and a change is answered', async (t) => {
  const [kv, key, worker] = await Promise.all([startKvBackend(), newKey(), bundleWorker()])
  const cluster = { id: 'dev', keys: [key.publicKey], zones: ['cluster.local'], reverse: ['10.0.0.0/8'] }
  const vars = {
    KUBEDOH_CONFIG: JSON.stringify({ public: true, clusters: [cluster] }),
    KUBEDOH_WRITES_PER_DAY: '0',
    KUBEDOH_PUBLISH_INTERVAL_MS: '1',
  }
  const served = await serveWorker(worker, { kvPort: kv.port, vars, hasReader: true })
  t.after(async () => {
    await served.stop()
    await kv.close()
  })
  const publish = (host: number) => publishThrough(fetch, served.url, 'dev', key, wideObjects(services, host))
  const edge = (url: string): EdgeUnderTest => ({ runtime: 'workerd', url, fetch, stop: () => served.stop() })
  const answer = async (url: string, question: string): Promise<string> =>
    show(await ask(edge(url), question))
      .split('\n')
      .at(-1) ?? ''
  await publish(7)
  await waitFor('a checkpoint', () => kv.values.has('dev/root'))
  assert.ok((kv.values.get('dev/root')?.length ?? 0) > maxWholeValue)
  const asked: string[] = []
  kv.beforeRead = (name) => void asked.push(name)
  for (let at = 0; at < services; at += 100) {
    const [name, address] = [
      `svc-${at}.x.svc.cluster.local`,
      `10.${at >> 8}.${at & 0xff}.${at === 0 ? 7 : 1}`,
    ]
    assert.match(await answer(served.readerUrl, `${name} A`), new RegExp(` A ${address}$`))
    const reverse = `${address.split('.').toReversed().join('.')}.in-addr.arpa`
    assert.match(await answer(served.readerUrl, `${reverse} PTR`), new RegExp(`PTR .*\\.${name}`))
  }
  assert.match(show(await ask(edge(served.readerUrl), `svc-${services}.x.svc.cluster.local A`)), /NXDOMAIN/)
  for (let host = 8; host < 11; host++) {
    await publish(host)
    await waitFor('the change', async () =>
      (await answer(served.readerUrl, 'svc-0.x.svc.cluster.local A')).endsWith(` 10.0.0.${host}`),
    )
  }
  assert.ok(!asked.includes('dev/root'))
})
