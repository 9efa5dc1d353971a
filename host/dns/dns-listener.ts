import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../worker/ports.ts'
import { type ListenAddress, listenError } from '../http/listen.ts'
import { createTasks } from '../tasks.ts'
import type { Cookies } from './cookie.ts'
import type { DnsHandler } from './handler.ts'
import { type DnsLimits, defaultDnsLimits } from './limits.ts'
import { startUdpServer } from './udp-server.ts'

export type DnsListenerOptions = {
  readonly listen: ListenAddress
  readonly handler: DnsHandler
  readonly cookies: Cookies
  /** The limits that differ from `defaultDnsLimits`. */
  readonly limits?: Partial<DnsLimits> | undefined
  readonly log: Log
}

/** Plain DNS on one address and port. */
export type DnsListener = ListenAddress & {
  /** Lets the answers in progress end, for up to `graceMs`, and closes. Never rejects. */
  close(graceMs: number): Promise<void>
}

/** Answers plain DNS on an address. Throws HostError LISTEN_*. */
export async function openDnsListener(options: DnsListenerOptions): Promise<DnsListener> {
  const { handler, cookies, log } = options
  const limits: DnsLimits = { ...defaultDnsLimits, ...options.limits }
  const listen = await resolveHost(options.listen)
  const tasks = createTasks(log)
  const udp = await startUdpServer({ listen, handler, tasks, cookies, limits, log })
  return {
    host: listen.host,
    port: udp.port,
    async close(graceMs) {
      const graceEnds = sleep(graceMs, undefined, { ref: false })
      await udp.close(graceMs)
      await Promise.race([tasks.settled(), graceEnds])
    },
  }
}

/** A host name such as localhost → its first address, so that UDP and TCP have the same one. */
async function resolveHost(listen: ListenAddress): Promise<ListenAddress> {
  try {
    const { address } = await lookup(listen.host)
    return { host: address, port: listen.port }
  } catch (error) {
    throw listenError(listen, error)
  }
}
