import { type DnsListen, type DnsListeners, openDnsListeners } from '../../host/dns/dns-listeners.ts'
import { shareOfLimits } from '../../host/dns/stream/tcp-limits.ts'
import { shareOfUdpLimits } from '../../host/dns/udp/udp-limits.ts'
import { type OpenEdge, openEdge } from '../../host/edge.ts'
import type { Follower } from '../../host/follow/follower.ts'
import { ownFront } from '../../host/front/own-front.ts'
import type { Handler } from '../../host/http/answer.ts'
import { defaultLimits, type Limits } from '../../host/http/limits.ts'
import type { ListenAddress } from '../../host/http/listen.ts'
import type { SharedStore } from '../../host/nats/open-store.ts'
import { cellsFor } from '../../host/observe/cells.ts'
import { createEdgeMeter } from '../../host/observe/edge-meter.ts'
import { edgePart } from '../../host/observe/edge-part.ts'
import type { EdgeReport } from '../../host/observe/edge-text.ts'
import { createWorkerReports } from '../../host/observe/worker-reports.ts'
import { createProfileSigner } from '../../host/signing/profile-signer.ts'
import type { Check } from '../../observe/health-checks.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import { dohPath } from '../../worker/http/doh.ts'
import { type HealthEndpoint, withHealthEndpoint } from './health-endpoint.ts'
import { type Renewals, type RenewedFiles, withRenewals } from './renewals.ts'

/** Time for running requests to end after SIGTERM (ms). */
const graceMs = 5_000

/** An edge that answers. */
export type RunningEdge = {
  /** Its DoH endpoint. */
  readonly url: string
  /** One line for each address of another transport than HTTP, such as 'DNS over TLS at 127.0.0.1:853'. */
  readonly dnsLines: readonly string[]
  readonly handler: Handler
  /** Ends the effect of `ignoreStored`. */
  readonly useStored: OpenEdge['useStored']
  /** The endpoint of --health-listen, for further parts of the process. */
  readonly endpoint: HealthEndpoint | undefined
}

export type EdgeRun = RenewedFiles & {
  readonly config: EdgeConfig
  /** Absent: everything stays in memory. */
  readonly dataDir: string | undefined
  readonly listen: { readonly host: string; readonly port: number }
  /** Addresses of DNS over TLS. */
  readonly dot: readonly { readonly host: string; readonly port: number }[]
  readonly limits: Partial<Limits>
  /** Follows another edge. */
  readonly follower?: Follower | undefined
  /** Opens the store that this edge shares with others, in place of a database in `dataDir`. */
  readonly openShared?: (() => Promise<SharedStore>) | undefined
  /** Whether stored snapshots are ignored until `useStored` is called. */
  readonly ignoreStored?: boolean
  /** The address of --health-listen, if it is given, and checks of readiness in addition to the edge's. */
  readonly health: { readonly listen: ListenAddress | undefined; readonly checks: readonly Check[] }
}

/**
 * Opens an edge and its servers and runs `use` with it. When `use` ends, lets running requests end and closes all of them;
 * the endpoint of --health-listen last. Throws HostError, and the errors of `use`.
 */
export function runEdge(run: EdgeRun, use: (edge: RunningEdge) => Promise<void>): Promise<void> {
  return withEndpoint(run, (endpoint) =>
    withRenewals(run, (renewals) => runProcess(run, endpoint, renewals, use)),
  )
}

async function runProcess(
  run: EdgeRun,
  endpoint: HealthEndpoint | undefined,
  renewals: Renewals,
  use: (edge: RunningEdge) => Promise<void>,
): Promise<void> {
  const { config, dataDir, listen, identity, limits, ignoreStored = false, follower, log } = run
  const cells = cellsFor(config)
  const { meter, counts } = createEdgeMeter(cells)
  // Without an endpoint nobody reads the counts.
  const ports = { meter: endpoint && meter }
  const signer = run.signing && createProfileSigner(run.signing.pems, () => new Date())
  const shared = await run.openShared?.()
  const options = { ignoreStored, follower, shared, signProfile: signer?.sign }
  const edge = openEdge(config, dataDir, log, { ...options, ...ports })
  const workers = { running: 1, ended: 0 }
  endpoint?.add(
    edgePart(config, cells, (): EdgeReport => ({ counts, snapshots: edge.snapshots(), workers }), Date.now),
  )
  if (follower) endpoint?.add(follower)
  if (shared) endpoint?.add(shared)
  try {
    const { handler } = edge
    const front = await ownFront()
    const server = await front.start({ listen, tls: identity.tls, handler, limits, log, ...ports })
    let dns: DnsListeners | undefined
    try {
      dns = await openDnsListeners({ listen: dnsListenOf(run, 1), handler: edge.handleDns, log, ...ports })
      edge.listensForDot(dns.dotPorts)
      renewals.certificate((certificate) => {
        server.renew(certificate)
        dns?.renew(certificate)
      })
      renewals.secrets(dns.useSecrets)
      if (signer) renewals.signing(signer.use)
      const { useStored } = edge
      await use({ url: server.url + dohPath, dnsLines: dns.lines, handler, useStored, endpoint })
    } finally {
      await Promise.all([server.close(graceMs), dns?.close(graceMs)])
    }
  } finally {
    edge.close()
  }
}

/** Where a run answers DNS over other transports than HTTP, for one of its processes. */
function dnsListenOf({ plainDns, dot, identity, limits }: EdgeRun, processes: number): DnsListen {
  return {
    plain: plainDns.listen,
    secrets: plainDns.secrets,
    udpLimits: shareOfUdpLimits(plainDns.limits, processes),
    dot,
    certificate: identity.dot,
    limits: shareOfLimits(limits.maxConnections, processes),
  }
}

/** The same with several worker processes; this process only supervises them. Throws HostError, and the errors of `use`. */
export function runWorkers(
  run: WorkersRun,
  use: (edge: Pick<RunningEdge, 'url' | 'dnsLines'>) => Promise<void>,
): Promise<void> {
  return withEndpoint(run, (endpoint) =>
    withRenewals(run, (renewals) => runProcesses(run, endpoint, renewals, use)),
  )
}

type WorkersRun = EdgeRun & { readonly dataDir: string; readonly count: number }

async function runProcesses(
  run: WorkersRun,
  endpoint: HealthEndpoint | undefined,
  renewals: Renewals,
  use: Parameters<typeof runWorkers>[1],
): Promise<void> {
  const { count, config, dataDir, listen, identity, follower, log } = run
  const { startWorkers } = await import('../../host/processes/workers.ts')
  const maxConnections = Math.ceil((run.limits.maxConnections ?? defaultLimits.maxConnections) / count)
  const limits = { ...run.limits, maxConnections }
  const dnsListen = dnsListenOf(run, count)
  const cells = cellsFor(config)
  const reports = createWorkerReports(cells)
  endpoint?.add(edgePart(config, cells, reports.whole, Date.now))
  if (follower) endpoint?.add(follower)
  const front = await ownFront()
  const workers = await startWorkers({
    count,
    config,
    dataDir,
    listen: await front.share(listen),
    dnsListen,
    tls: identity.tls,
    limits,
    signing: run.signing?.pems,
    reports: endpoint && reports,
    follower,
    log,
  })
  renewals.certificate(workers.renew)
  renewals.secrets(workers.useSecrets)
  renewals.signing(workers.useSigning)
  try {
    await use({ url: workers.url + dohPath, dnsLines: workers.dnsLines })
  } finally {
    await workers.close(graceMs)
  }
}

function withEndpoint(
  { health, log }: EdgeRun,
  use: (endpoint: HealthEndpoint | undefined) => Promise<void>,
): Promise<void> {
  return withHealthEndpoint(health.listen, [{ readyz: health.checks }], log, use)
}
