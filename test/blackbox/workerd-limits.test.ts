import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWorkerdEdge } from './workerd-edge.ts'

test('the rate-limiting bindings of wrangler.toml limit failed tokens per client address', async () => {
  const edge = await startWorkerdEdge({ public: true, clusters: [] })
  try {
    const ask = (address: string): Promise<Response> =>
      edge.fetch(`${edge.url}/dns-query/wrong?dns=AAAA`, { headers: { 'cf-connecting-ip': address } })
    let refused: Response | undefined
    let sent = 0
    while (!refused && sent < 500) {
      const response = await ask('192.0.2.1')
      if (response.status === 429) refused = response
      else assert.equal(response.status, 404)
      sent++
    }
    // A binding starts a new period every ten seconds of the clock: at most one period began in between.
    assert.ok(sent > 200 && sent <= 401, `${sent}`)
    assert.equal(refused?.headers.get('retry-after'), '10')
    assert.equal(refused?.headers.get('cache-control'), 'no-store')
    assert.equal((await ask('192.0.2.2')).status, 404)
    assert.equal((await ask('2001:db8::1')).status, 404)
  } finally {
    await edge.stop()
  }
})
