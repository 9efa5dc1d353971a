import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../worker/ports.ts'
import { authority, type ListenAddress } from '../http/listen.ts'
import { createTasks } from '../tasks.ts'
import type { Certificate } from '../tls/read-certificate.ts'
import type { DnsHandler } from './handler.ts'
import type { TcpLimits } from './tcp-limits.ts'
import { startTcpServer, type TcpServer } from './tcp-server.ts'

/** Where DNS is answered over other transports than HTTP. All of it can be cloned (structured clone). */
export type DnsListen = {
  /** Addresses of DNS over TLS. */
  readonly dot: readonly ListenAddress[]
  /** The certificate of DNS over TLS; there is one if there are addresses for it. */
  readonly certificate: Certificate | undefined
  /** The limits of each address that differ from the defaults. */
  readonly limits: Partial<TcpLimits>
}

/** DNS on all of these addresses. */
export type DnsListeners = {
  /** One line for each address, such as 'DNS over TLS at 127.0.0.1:853'. */
  readonly lines: readonly string[]
  /** Uses another certificate for new TLS connections. Throws HostError CERTIFICATE_INVALID. */
  renew(certificate: Certificate): void
  /** Closes all listeners as their servers do, then waits for the tasks of queries, `graceMs` at most. Never rejects. */
  close(graceMs: number): Promise<void>
}

/** Answers DNS on all addresses. Throws HostError LISTEN_* or CERTIFICATE_INVALID, after it has closed those already open. */
export async function openDnsListeners(options: {
  readonly listen: DnsListen
  readonly handler: DnsHandler
  readonly log: Log
}): Promise<DnsListeners> {
  const { handler, log } = options
  const { dot, certificate: tls, limits } = options.listen
  const tasks = createTasks(log)
  const servers: TcpServer[] = []
  const close = async (graceMs: number): Promise<void> => {
    const graceEnds = sleep(graceMs, undefined, { ref: false })
    await Promise.all(servers.map((server) => server.close(graceMs)))
    await Promise.race([tasks.settled(), graceEnds])
  }
  try {
    // One after another, so that worker processes that share the port 0 get the same port for each.
    for (const listen of dot) servers.push(await startTcpServer({ listen, tls, handler, tasks, limits, log }))
  } catch (error) {
    await close(0)
    throw error
  }
  return {
    lines: servers.map((server) => `DNS over TLS at ${authority(server)}`),
    renew: (certificate) => servers.forEach((server) => server.renew(certificate)),
    close,
  }
}
