import { type OpenEdge, openEdge } from '../../host/edge.ts'
import type { Handler } from '../../host/http/answer.ts'
import { defaultLimits, type Limits } from '../../host/http/limits.ts'
import { startServer } from '../../host/http/server.ts'
import { cellsFor } from '../../host/observe/cells.ts'
import { createEdgeMeter } from '../../host/observe/edge-meter.ts'
import { edgePart } from '../../host/observe/edge-part.ts'
import type { EdgeReport } from '../../host/observe/edge-text.ts'
import { createWorkerReports } from '../../host/observe/worker-reports.ts'
import type { Certificate } from '../../host/tls/read-certificate.ts'
import { reloadOnHangup } from '../../host/tls/reload.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import { dohPath } from '../../worker/http/doh.ts'
import type { Log } from '../../worker/ports.ts'
import type { Identity } from '../options/serve-options.ts'
import type { World } from '../options/verb.ts'
import type { HealthEndpoint } from './health-endpoint.ts'

/** Time for running requests to end after SIGTERM (ms). */
const graceMs = 5_000

/** An edge that answers. */
export type RunningEdge = {
  /** Its DoH endpoint. */
  readonly url: string
  readonly handler: Handler
  /** Ends the effect of `ignoreStored`. */
  readonly useStored: OpenEdge['useStored']
}

export type EdgeRun = {
  readonly config: EdgeConfig
  /** Absent: everything stays in memory. */
  readonly dataDir: string | undefined
  readonly listen: { readonly host: string; readonly port: number }
  readonly identity: Identity
  /** Reads the files of `identity` again: a certificate may have been replaced. */
  readonly readIdentity: () => Promise<Identity>
  readonly onHangup: World['onHangup']
  readonly limits: Partial<Limits>
  /** Whether stored snapshots are ignored until `useStored` is called. */
  readonly ignoreStored?: boolean
  /** Where the edge's metrics and checks are added, if there is one. */
  readonly endpoint?: HealthEndpoint | undefined
  readonly log: Log
}

/**
 * Opens an edge and its server and runs `use` with it. When `use` ends, lets running requests end and closes both.
 * Throws HostError, and the errors of `use`.
 */
export async function runEdge(run: EdgeRun, use: (edge: RunningEdge) => Promise<void>): Promise<void> {
  const { config, dataDir, listen, identity, limits, ignoreStored = false, log } = run
  const cells = cellsFor(config)
  const { meter, counts } = createEdgeMeter(cells)
  // Without an endpoint nobody reads the counts.
  const ports = { meter: run.endpoint && meter }
  const edge = openEdge(config, dataDir, log, { ignoreStored, ...ports })
  const report = (): EdgeReport => ({
    counts,
    snapshots: edge.snapshots(),
    workers: { running: 1, ended: 0 },
  })
  run.endpoint?.add(edgePart(config, cells, report, Date.now))
  try {
    const { handler } = edge
    const server = await startServer({ listen, tls: identity.tls, handler, limits, log, ...ports })
    reloadOnHangup({ ...run, read: () => readCertificateAgain(run) }, server.renew)
    try {
      await use({ url: server.url + dohPath, handler: edge.handler, useStored: edge.useStored })
    } finally {
      await server.close(graceMs)
    }
  } finally {
    edge.close()
  }
}

/** The same with several worker processes; this process only supervises them. Throws HostError, and the errors of `use`. */
export async function runWorkers(
  run: EdgeRun & { readonly dataDir: string; readonly count: number },
  use: (edge: Pick<RunningEdge, 'url'>) => Promise<void>,
): Promise<void> {
  const { count, config, dataDir, listen, identity, log } = run
  const { startWorkers } = await import('../../host/processes/workers.ts')
  const maxConnections = Math.ceil((run.limits.maxConnections ?? defaultLimits.maxConnections) / count)
  const limits = { ...run.limits, maxConnections }
  const cells = cellsFor(config)
  const reports = createWorkerReports(cells)
  run.endpoint?.add(edgePart(config, cells, reports.whole, Date.now))
  const shared = { count, config, dataDir, listen, tls: identity.tls, limits, log }
  const workers = await startWorkers({ ...shared, reports: run.endpoint && reports })
  reloadOnHangup({ ...run, read: () => readCertificateAgain(run) }, workers.renew)
  try {
    await use({ url: workers.url + dohPath })
  } finally {
    await workers.close(graceMs)
  }
}

async function readCertificateAgain({ readIdentity }: EdgeRun): Promise<Certificate | undefined> {
  return (await readIdentity()).tls
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
