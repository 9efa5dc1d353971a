import { UsageError } from './option-table.ts'

/** 'HOST:PORT', '[IPv6]:PORT' or ':PORT' → where to listen. `option` is the option's name, for the UsageError that a wrong text throws. */
export function listenOption(
  text: string,
  option = 'listen',
): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65_535)
    throw new UsageError(`--${option} is "${text}", it must be HOST:PORT such as 127.0.0.1:8443`)
  return { host: match[1] ?? (match[2] === '' ? '::' : (match[2] ?? '')), port }
}

/**
 * Whether only this machine can reach an edge that listens on these addresses, over any transport. One address that
 * others can reach is enough for false: all addresses answer the same callers.
 */
export function isLoopbackOnly(addresses: readonly { readonly host: string }[]): boolean {
  return addresses.every(({ host }) => isLoopback(host))
}

/** Whether only this machine can connect to the address. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.[0-9.]+$/.test(host)
}
