import { openEdge } from '../../host/edge.ts'
import type { Handler } from '../../host/http/answer.ts'
import { defaultLimits, type Limits } from '../../host/http/limits.ts'
import { startServer } from '../../host/http/server.ts'
import { renewOnHangup } from '../../host/tls/reload.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import { dohPath } from '../../worker/http/doh.ts'
import type { Log } from '../../worker/ports.ts'
import type { Identity } from '../options/serve-options.ts'
import type { World } from '../verb.ts'

/** How long running requests may take to end after SIGTERM, in ms. */
const graceMs = 5_000

/** An edge that answers. */
export type RunningEdge = {
  /** Its DoH endpoint. */
  readonly url: string
  readonly handler: Handler
}

export type EdgeRun = {
  readonly config: EdgeConfig
  readonly dataDir: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly identity: Identity
  /** Reads what `identity` was read from once more: a certificate may have been replaced. */
  readonly readIdentity: () => Promise<Identity>
  readonly onHangup: World['onHangup']
  readonly limits: Partial<Limits>
  readonly log: Log
}

/**
 * Opens an edge and its server, runs `beside` with it, and closes both when that ends, running requests first.
 * Throws HostError, and what `beside` throws.
 */
export async function runEdge(run: EdgeRun, beside: (edge: RunningEdge) => Promise<void>): Promise<void> {
  const { config, dataDir, listen, identity, limits, log } = run
  const edge = openEdge(config, dataDir, log)
  try {
    const server = await startServer({ listen, tls: identity.tls, handler: edge.handler, limits, log })
    renewOnHangup({ ...run, read: run.readIdentity }, server.renew)
    try {
      await beside({ url: server.url + dohPath, handler: edge.handler })
    } finally {
      await server.close(graceMs)
    }
  } finally {
    edge.close()
  }
}

/** The same in several processes, none of which is this one. Throws HostError, and what `beside` throws. */
export async function runWorkers(
  run: EdgeRun & { readonly count: number },
  beside: (edge: Pick<RunningEdge, 'url'>) => Promise<void>,
): Promise<void> {
  const { count, config, dataDir, listen, identity, log } = run
  const { startWorkers } = await import('../../host/processes/workers.ts')
  const maxConnections = Math.ceil((run.limits.maxConnections ?? defaultLimits.maxConnections) / count)
  const limits = { ...run.limits, maxConnections }
  const workers = await startWorkers({ count, config, dataDir, listen, tls: identity.tls, limits, log })
  renewOnHangup({ ...run, read: run.readIdentity }, workers.renew)
  try {
    await beside({ url: workers.url + dohPath })
  } finally {
    await workers.close(graceMs)
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
