import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundleWorker } from '../../deploy/worker/bundle.ts'
import { newKey, oneService, publishThrough } from '../blackbox/publish.ts'
import { policyWithToken } from '../blackbox/token-policy.ts'
import { waitFor } from '../wait-for.ts'
import { startKvBackend } from './kv-backend.ts'
import { serveWorker } from './serve.ts'

/*
 * How long a revoked token is still answered on workerd (docs/security.md, "Revocation in numbers"), by an isolate other than the
 * one that took the new policy from the agent.
 */

const objects = oneService('10.0.0.1', 'x')
const rounds = 4

/** The bound of docs/security.md (ms), from the accepted policy to the refusal. */
const boundMs = 5_000

test('a token is refused within 5 s after the register accepted the policy without it', async (t) => {
  const [kv, key, worker] = await Promise.all([startKvBackend(), newKey(), bundleWorker()])
  const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
  const vars = {
    KUBEDOH_CONFIG: JSON.stringify({ clusters }),
    KUBEDOH_REGISTER_SERVES: 'true',
    KUBEDOH_WRITES_PER_DAY: '0',
  }
  const served = await serveWorker(worker, { kvPort: kv.port, vars, hasReader: true })
  t.after(async () => {
    await served.stop()
    await kv.close()
  })
  const status = async (token: string): Promise<number> => {
    const response = await fetch(`${served.readerUrl}/dns-query/${token}?name=web.x.svc.cluster.local`)
    await response.arrayBuffer()
    return response.status
  }
  let policy = await policyWithToken('dev')
  const publish = () => publishThrough(fetch, served.url, 'dev', key, objects, Date.now, policy.source)
  await publish()
  const tookMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { token } = policy
    await waitFor('the new token', async () => (await status(token)) === 200, { intervalMs: 50 })
    policy = await policyWithToken('dev')
    await publish()
    const acceptedMs = Date.now()
    await waitFor('the refusal', async () => (await status(token)) === 404, { intervalMs: 50 })
    tookMs.push(Date.now() - acceptedMs)
    assert.equal(await status(token), 404)
  }
  t.diagnostic(`from the accepted policy to the refusal: ${tookMs.join(', ')} ms`)
  assert.ok(Math.max(...tookMs) <= boundMs)
})
