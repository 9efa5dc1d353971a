import type { CookieSecrets } from '../../host/dns/cookie.ts'
import { type DnsListen, type DnsListeners, openDnsListeners } from '../../host/dns/dns-listeners.ts'
import { shareOfDnsLimits } from '../../host/dns/limits.ts'
import { shareOfLimits } from '../../host/dns/tcp-limits.ts'
import { type OpenEdge, openEdge } from '../../host/edge.ts'
import { errorText } from '../../host/errors.ts'
import type { Handler } from '../../host/http/answer.ts'
import { defaultLimits, type Limits } from '../../host/http/limits.ts'
import { startServer } from '../../host/http/server.ts'
import type { Certificate } from '../../host/tls/read-certificate.ts'
import { reloadOnHangup } from '../../host/tls/reload.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import { dohPath } from '../../worker/http/doh.ts'
import type { Log } from '../../worker/ports.ts'
import type { PlainDnsWishes } from '../options/plain-dns-options.ts'
import type { Identity } from '../options/serve-options.ts'
import type { World } from '../options/verb.ts'

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
}

export type EdgeRun = {
  readonly config: EdgeConfig
  /** Absent: everything stays in memory. */
  readonly dataDir: string | undefined
  readonly listen: { readonly host: string; readonly port: number }
  readonly plainDns: PlainDnsWishes
  /** Addresses of DNS over TLS. */
  readonly dot: readonly { readonly host: string; readonly port: number }[]
  readonly identity: Identity
  /** Reads the files of `identity` again: a certificate may have been replaced. */
  readonly readIdentity: () => Promise<Identity>
  readonly onHangup: World['onHangup']
  readonly limits: Partial<Limits>
  /** Whether stored snapshots are ignored until `useStored` is called. */
  readonly ignoreStored?: boolean
  readonly log: Log
}

/**
 * Opens an edge and its server and runs `use` with it. When `use` ends, lets running requests end and closes both.
 * Throws HostError, and the errors of `use`.
 */
export async function runEdge(run: EdgeRun, use: (edge: RunningEdge) => Promise<void>): Promise<void> {
  const { config, dataDir, listen, identity, limits, ignoreStored = false, log } = run
  const edge = openEdge(config, dataDir, log, { ignoreStored })
  try {
    const { handler } = edge
    const server = await startServer({ listen, tls: identity.tls, handler, limits, log })
    let dns: DnsListeners | undefined
    try {
      dns = await openDnsListeners({ listen: dnsListenOf(run, 1), handler: edge.handleDns, log })
      reloadOnHangup({ ...run, read: () => readCertificateAgain(run) }, (certificate) => {
        server.renew(certificate)
        dns?.renew(certificate)
      })
      renewSecretsOnHangup(run, dns.useSecrets)
      await use({ url: server.url + dohPath, dnsLines: dns.lines, handler, useStored: edge.useStored })
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
    udpLimits: shareOfDnsLimits(plainDns.limits, processes),
    dot,
    certificate: identity.dot,
    limits: shareOfLimits(limits.maxConnections, processes),
  }
}

/** The same with several worker processes; this process only supervises them. Throws HostError, and the errors of `use`. */
export async function runWorkers(
  run: EdgeRun & { readonly dataDir: string; readonly count: number },
  use: (edge: Pick<RunningEdge, 'url' | 'dnsLines'>) => Promise<void>,
): Promise<void> {
  const { count, config, dataDir, listen, identity, log } = run
  const { startWorkers } = await import('../../host/processes/workers.ts')
  const maxConnections = Math.ceil((run.limits.maxConnections ?? defaultLimits.maxConnections) / count)
  const limits = { ...run.limits, maxConnections }
  const dnsListen = dnsListenOf(run, count)
  const workers = await startWorkers({
    count,
    config,
    dataDir,
    listen,
    dnsListen,
    tls: identity.tls,
    limits,
    log,
  })
  reloadOnHangup({ ...run, read: () => readCertificateAgain(run) }, workers.renew)
  renewSecretsOnHangup(run, workers.useSecrets)
  try {
    await use({ url: workers.url + dohPath, dnsLines: workers.dnsLines })
  } finally {
    await workers.close(graceMs)
  }
}

/** At each SIGHUP, reads the secrets of cookies again. Secrets that cannot be read are logged, and the former ones stay. */
function renewSecretsOnHangup(
  { plainDns: { readSecrets }, onHangup, log }: EdgeRun,
  use: (secrets: CookieSecrets) => void,
): void {
  if (!readSecrets) return
  onHangup(() => {
    void readSecrets().then(
      (secrets) => {
        use(secrets)
        log.info('cookie secrets renewed')
      },
      (error: unknown) => log.warn('cookie secrets not renewed', { reason: errorText(error) }),
    )
  })
}

async function readCertificateAgain({ readIdentity }: EdgeRun): Promise<Certificate | undefined> {
  const { tls, dot } = await readIdentity()
  return tls ?? dot
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
