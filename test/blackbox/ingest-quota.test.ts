import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EdgeUnderTest } from './edge-under-test.ts'
import { startNodeEdge } from './node-edge.ts'
import { newKey, publishFile } from './publish.ts'
import { startWorkerdEdge } from './workerd-edge.ts'

/* An agent whose cluster is above the edge's limit on bytes: it waits as the edge says, and its snapshot becomes complete. */

for (const startEdge of [startNodeEdge, startWorkerdEdge]) {
  test(`an agent above the limit on bytes waits and goes on: ${startEdge.name}`, async (t) => {
    const key = await newKey()
    const edge = await startEdge({
      ...{ public: true, limits: { ingestBytes: 400 } },
      clusters: [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }],
    })
    t.after(() => edge.stop())
    const waits: (string | null)[] = []
    const counting: EdgeUnderTest['fetch'] = async (...request) => {
      // Cloudflare sets this header; without it the request would be one of the same process.
      const [url, init] = request
      const headers = { ...(init?.headers as Record<string, string>), 'cf-connecting-ip': '192.0.2.1' }
      const response = await edge.fetch(url, { ...init, headers })
      if (response.status === 429) waits.push(response.headers.get('retry-after'))
      return response
    }
    const { kind } = await publishFile({ ...edge, fetch: counting }, 'dev', key)
    assert.equal(kind, 'first')
    assert.ok(waits.length > 0)
    for (const seconds of waits) assert.ok(Number(seconds) >= 1 && Number(seconds) <= 10, String(seconds))
    const url = `${edge.url}/dns-query?name=redis.default.svc.cluster.local`
    const { Status } = (await (await edge.fetch(url)).json()) as { Status: number }
    assert.equal(Status, 0)
  })
}
