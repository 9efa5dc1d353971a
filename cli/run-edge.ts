import type { Handler } from '../host/answer.ts'
import { openEdge } from '../host/edge.ts'
import { startServer } from '../host/server.ts'
import type { EdgeConfig } from '../worker/config.ts'
import { dohPath } from '../worker/doh.ts'
import type { Log } from '../worker/ports.ts'
import type { Identity } from './serve-options.ts'

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
  readonly log: Log
}

/**
 * Opens an edge and its server, runs `beside` with it, and closes both when that ends, running requests first.
 * Throws HostError, and what `beside` throws.
 */
export async function runEdge(run: EdgeRun, beside: (edge: RunningEdge) => Promise<void>): Promise<void> {
  const { config, dataDir, listen, identity, log } = run
  const edge = openEdge(config, dataDir, log)
  try {
    const server = await startServer({ listen, tls: identity.tls, handler: edge.handler, log })
    try {
      await beside({ url: server.url + dohPath, handler: edge.handler })
    } finally {
      await server.close(graceMs)
    }
  } finally {
    edge.close()
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
