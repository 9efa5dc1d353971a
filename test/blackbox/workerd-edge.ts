import { fileURLToPath } from 'node:url'
import type { EdgeUnderTest, TestConfig } from './edge-under-test.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What wrangler must not do in a test: ask the network, or write every question to disk. */
const quiet = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_LOG: 'error',
}

/** The Worker on real workerd, with wrangler.toml's bindings: local KV and Durable Object, empty. */
export async function startWorkerdEdge(config: TestConfig): Promise<EdgeUnderTest> {
  Object.assign(process.env, quiet)
  // Loaded late: wrangler is large, and reads the environment when it is loaded.
  const { createTestHarness } = await import('wrangler')
  const vars = {
    KUBEDOH_CONFIG: JSON.stringify(config),
    KUBEDOH_PUBLISH_INTERVAL_MS: '100',
    KUBEDOH_WRITES_PER_DAY: '0',
  }
  const harness = createTestHarness({ root, workers: [{ configPath: 'wrangler.toml', vars }] })
  const { url } = await harness.listen()
  return { runtime: 'workerd', url: url.origin, fetch, stop: () => harness.close() }
}
