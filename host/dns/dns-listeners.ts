import { setTimeout as sleep } from 'node:timers/promises'
import type { Log, Meter } from '../../worker/ports.ts'
import { authority, type ListenAddress } from '../http/listen.ts'
import { createTasks } from '../tasks.ts'
import type { Certificate } from '../tls/read-certificate.ts'
import { type CookieSecrets, createCookies } from './cookie/cookie.ts'
import { type DnsAddress, type DnsListener, openDnsListener } from './dns-listener.ts'
import type { DnsHandler } from './handler.ts'
import type { TcpLimits } from './stream/tcp-limits.ts'
import { startTcpServer, type TcpServer } from './stream/tcp-server.ts'
import type { UdpLimits } from './udp/udp-limits.ts'

/** Where DNS is answered over other transports than HTTP. All of it can be cloned (structured clone). */
export type DnsListen = {
  /** Addresses of plain DNS. */
  readonly plain: readonly DnsAddress[]
  /** The secrets of cookies. */
  readonly secrets: CookieSecrets
  /** The limits of UDP that differ from the defaults. */
  readonly udpLimits: Partial<UdpLimits>
  /** Addresses of DNS over TLS. */
  readonly dot: readonly ListenAddress[]
  /** The certificate of DNS over TLS; there is one if there are addresses for it. */
  readonly certificate: Certificate | undefined
  /** The limits of TCP and TLS on each address that differ from the defaults. */
  readonly limits: Partial<TcpLimits>
}

/** DNS on all of these addresses. */
export type DnsListeners = {
  /** One line for each address, such as 'DNS over TLS at 127.0.0.1:853'. */
  readonly lines: readonly string[]
  /** The addresses of plain DNS, their ports never 0. */
  readonly plain: readonly ListenAddress[]
  /** The ports of DNS over TLS. */
  readonly dotPorts: readonly number[]
  /** Uses other secrets for cookies from now on. */
  useSecrets(secrets: CookieSecrets): void
  /** Uses another certificate for new TLS connections. Throws HostError CERTIFICATE_INVALID. */
  renew(certificate: Certificate): void
  /** Closes all listeners as their servers do, then waits for the tasks of queries, `graceMs` at most. Never rejects. */
  close(graceMs: number): Promise<void>
}

/** Answers DNS on all addresses. Throws HostError LISTEN_* or CERTIFICATE_INVALID, after it has closed those already open. */
export async function openDnsListeners(options: {
  readonly listen: DnsListen
  readonly handler: DnsHandler
  /** Counts connections and limits, if there is one. */
  readonly meter?: Meter | undefined
  readonly log: Log
}): Promise<DnsListeners> {
  const { handler, meter, log } = options
  const { plain, secrets, udpLimits, dot, certificate: tls, limits } = options.listen
  const cookies = createCookies(secrets)
  const tasks = createTasks(log)
  const parts = { handler, tasks, meter, log }
  const listeners: DnsListener[] = []
  const servers: TcpServer[] = []
  const close = async (graceMs: number): Promise<void> => {
    const graceEnds = sleep(graceMs, undefined, { ref: false })
    await Promise.all([...listeners, ...servers].map((server) => server.close(graceMs)))
    await Promise.race([tasks.settled(), graceEnds])
  }
  try {
    // One after another, so that worker processes that share the port 0 get the same port for each.
    for (const listen of plain)
      listeners.push(await openDnsListener({ ...parts, listen, cookies, udpLimits, limits }))
    for (const listen of dot) servers.push(await startTcpServer({ ...parts, listen, tls, limits }))
  } catch (error) {
    await close(0)
    throw error
  }
  return {
    lines: [
      ...listeners.map((listener) => `DNS (UDP and TCP) at ${authority(listener)}`),
      ...servers.map((server) => `DNS over TLS at ${authority(server)}`),
    ],
    plain: listeners.map(({ host, port }) => ({ host, port })),
    dotPorts: servers.map(({ port }) => port),
    useSecrets: cookies.replace,
    renew: (certificate) => servers.forEach((server) => server.renew(certificate)),
    close,
  }
}
