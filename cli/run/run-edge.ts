import type { CookieSecrets } from '../../host/dns/cookie.ts'
import { type DnsListeners, openDnsListeners } from '../../host/dns/listeners.ts'
import { type OpenEdge, openEdge } from '../../host/edge.ts'
import { errorText } from '../../host/errors.ts'
import type { Handler } from '../../host/http/answer.ts'
import { defaultLimits, type Limits } from '../../host/http/limits.ts'
import { authority, type ListenAddress } from '../../host/http/listen.ts'
import { startServer } from '../../host/http/server.ts'
import type { Certificate } from '../../host/tls/read-certificate.ts'
import { reloadOnHangup } from '../../host/tls/reload.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import { dohPath } from '../../worker/http/doh.ts'
import type { Log } from '../../worker/ports.ts'
import type { DnsWishes } from '../options/dns-options.ts'
import type { Identity } from '../options/serve-options.ts'
import type { World } from '../options/verb.ts'

/** Time for running requests to end after SIGTERM (ms). */
const graceMs = 5_000

/** An edge that answers. */
export type RunningEdge = {
  /** Its DoH endpoint. */
  readonly url: string
  /** A line for each address of plain DNS. */
  readonly listeners: readonly string[]
  readonly handler: Handler
  /** Ends the effect of `ignoreStored`. */
  readonly useStored: OpenEdge['useStored']
}

export type EdgeRun = {
  readonly config: EdgeConfig
  /** Absent: everything stays in memory. */
  readonly dataDir: string | undefined
  readonly listen: ListenAddress
  readonly dns: DnsWishes
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
    const server = await startServer({ listen, tls: identity.tls, handler: edge.handler, limits, log })
    let dns: DnsListeners | undefined
    try {
      dns = await openDnsListeners(run.dns, edge.handleDns, log)
      reloadOnHangup({ ...run, read: () => readCertificateAgain(run) }, server.renew)
      renewSecretsOnHangup(run, dns.useSecrets)
      const listeners = listenerLines(dns.addresses)
      await use({ url: server.url + dohPath, listeners, handler: edge.handler, useStored: edge.useStored })
    } finally {
      await Promise.all([server.close(graceMs), dns?.close(graceMs)])
    }
  } finally {
    edge.close()
  }
}

/** The same with several worker processes; this process only supervises them. Throws HostError, and the errors of `use`. */
export async function runWorkers(
  run: EdgeRun & { readonly dataDir: string; readonly count: number },
  use: (edge: Pick<RunningEdge, 'url' | 'listeners'>) => Promise<void>,
): Promise<void> {
  const { count, config, dataDir, listen, identity, log } = run
  const { startWorkers } = await import('../../host/processes/workers.ts')
  const maxConnections = Math.ceil((run.limits.maxConnections ?? defaultLimits.maxConnections) / count)
  const limits = { ...run.limits, maxConnections }
  const { readSecrets: _, ...dns } = run.dns
  const workers = await startWorkers({ count, config, dataDir, listen, dns, tls: identity.tls, limits, log })
  reloadOnHangup({ ...run, read: () => readCertificateAgain(run) }, workers.renew)
  renewSecretsOnHangup(run, workers.useSecrets)
  try {
    await use({ url: workers.url + dohPath, listeners: listenerLines(workers.dns) })
  } finally {
    await workers.close(graceMs)
  }
}

function listenerLines(addresses: readonly ListenAddress[]): string[] {
  return addresses.map((address) => `DNS (UDP and TCP) at ${authority(address)}`)
}

/** At each SIGHUP, reads the secrets of cookies again. Secrets that cannot be read are logged, and the former ones stay. */
function renewSecretsOnHangup(
  { dns: { readSecrets }, onHangup, log }: EdgeRun,
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
  return (await readIdentity()).tls
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
