import type { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import type { Log, Meter, Tasks } from '../../../worker/ports.ts'
import { type ListenAddress, listen } from '../../http/listen.ts'
import { showCertificate } from '../../http/listener.ts'
import type { Certificate } from '../../tls/read-certificate.ts'
import type { Cookies } from '../cookie/cookie.ts'
import type { DnsHandler } from '../handler.ts'
import { createAdmission, type Slot } from './admission.ts'
import { createMessageAnswers } from './answer-message.ts'
import { type Connection, drainConnection, serveConnection } from './connection.ts'
import { createLoad } from './load.ts'
import { acceptTcp, acceptTls } from './stream-listener.ts'
import { defaultTcpLimits, type TcpLimits } from './tcp-limits.ts'

export type TcpServerOptions = {
  readonly listen: ListenAddress
  /** DNS over TLS with this certificate (RFC 7858); without it, DNS over TCP. */
  readonly tls?: Certificate | undefined
  readonly handler: DnsHandler
  readonly tasks: Tasks
  /** Without it, DNS cookies are ignored. */
  readonly cookies?: Cookies | undefined
  /** The limits that differ from `defaultTcpLimits`. */
  readonly limits?: Partial<TcpLimits> | undefined
  /** Counts connections and limits, if there is one. */
  readonly meter?: Meter | undefined
  readonly log: Log
}

/** DNS over TCP or TLS on one listening address. */
export type TcpServer = ListenAddress & {
  /** DNS over TLS: uses another certificate for new connections. Throws HostError CERTIFICATE_INVALID. */
  renew(certificate: Certificate): void
  /**
   * Stops listening, answers the queries in flight, and closes each connection after its last answer, or after `graceMs`.
   * Settles when every connection is closed; never rejects.
   */
  close(graceMs: number): Promise<void>
}

/**
 * Answers DNS over TCP (RFC 7766) or over TLS (RFC 7858):
 *
 *     socket ─▶ admission ─▶ TLS ─▶ messages ─▶ handler ─▶ answers ─▶ socket
 *
 * Throws HostError LISTEN_* or CERTIFICATE_INVALID.
 */
export async function startTcpServer(options: TcpServerOptions): Promise<TcpServer> {
  const { handler, tasks, cookies, meter, log } = options
  const transport = options.tls ? 'dot' : 'tcp'
  const limits: TcpLimits = { ...defaultTcpLimits, ...options.limits }
  const load = createLoad(limits, () => performance.now())
  const admission = createAdmission(limits, load.idle, transport, meter)
  const connections = new Map<Slot, Connection>()
  const { idleMs } = limits
  const answers = createMessageAnswers({ handler, tasks, cookies, idleMs, now: Date.now })
  const parts = { answers, limits, load, meter, log }
  const serve = (slot: Slot, serverName: string | undefined): void => {
    connections.set(slot, serveConnection(slot, { transport, peer: slot.peer, serverName }, parts))
    slot.socket.on('close', () => connections.delete(slot))
  }
  const server = options.tls ? acceptTls(options.tls, limits, admission, serve) : acceptTcp(admission, serve)
  const address = await listen(server, options.listen)
  server.on('error', (error) => log.warn('listening failed', { error: String(error) }))
  const sweep = setInterval(load.sweep, limits.sweepMs).unref()
  const drain = (): void => {
    for (const slot of admission.slots) {
      const connection = connections.get(slot)
      if (connection) drainConnection(connection, parts)
      else slot.socket.destroy()
    }
  }
  const cut = (): void => admission.slots.forEach(({ socket }) => socket.destroy())
  return {
    ...address,
    renew(certificate) {
      if (server instanceof tls.Server) showCertificate(server, certificate)
    },
    close: (graceMs) => close(server, drain, cut, graceMs).finally(() => clearInterval(sweep)),
  }
}

async function close(server: Server, drain: () => void, cut: () => void, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  drain()
  await Promise.race([closed, sleep(graceMs, undefined, { ref: false })])
  cut()
  await closed
}
