import { fileURLToPath } from 'node:url'
import type { EdgeUnderTest, TestConfig } from './edge-under-test.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const quiet = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_LOG: 'error',
}

/** Keeps wrangler from using the network, and from writing every query to disk. Call it before the first import of wrangler. */
export function quietWrangler(): void {
  Object.assign(process.env, quiet)
}

/** Starts the Worker on real workerd, with the bindings of wrangler.toml: an empty local KV and Durable Object. */
export async function startWorkerdEdge(config: TestConfig): Promise<EdgeUnderTest> {
  quietWrangler()
  // Imported here, since wrangler is large, and reads the environment at import.
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
