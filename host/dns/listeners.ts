import type { Log } from '../../worker/ports.ts'
import type { ListenAddress } from '../http/listen.ts'
import { type CookieSecrets, createCookies } from './cookie.ts'
import { type DnsListener, openDnsListener } from './dns-listener.ts'
import type { DnsHandler } from './handler.ts'
import type { DnsLimits } from './limits.ts'

/** Where and how plain DNS is answered. All of it can be cloned (structured clone). */
export type DnsStart = {
  readonly listen: readonly ListenAddress[]
  readonly secrets: CookieSecrets
  /** The limits that differ from `defaultDnsLimits`. */
  readonly limits: Partial<DnsLimits>
}

/** The listening addresses of plain DNS. */
export type DnsListeners = {
  /** In the order of `listen`, no port being 0. */
  readonly addresses: readonly ListenAddress[]
  /** Uses other secrets for cookies from now on. */
  useSecrets(secrets: CookieSecrets): void
  /** Closes all as DnsListener.close does. Never rejects. */
  close(graceMs: number): Promise<void>
}

/** Answers plain DNS on all addresses, with common cookies. Throws HostError LISTEN_*, after it has closed all. */
export async function openDnsListeners(
  { listen, secrets, limits }: DnsStart,
  handler: DnsHandler,
  log: Log,
): Promise<DnsListeners> {
  const cookies = createCookies(secrets)
  const listeners: DnsListener[] = []
  const close = async (graceMs: number): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close(graceMs)))
  }
  try {
    for (const address of listen)
      listeners.push(await openDnsListener({ listen: address, handler, cookies, limits, log }))
  } catch (error) {
    await close(0)
    throw error
  }
  const addresses = listeners.map(({ host, port }) => ({ host, port }))
  return { addresses, useSecrets: cookies.replace, close }
}
