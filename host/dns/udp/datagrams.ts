import type { ListenAddress } from '../../http/listen.ts'

/** The source of a datagram. An IPv6 address may have a zone. */
export type Source = { readonly address: string; readonly port: number }

/** A UDP socket of the runtime that is bound to one address. */
export type Datagrams = {
  readonly port: number
  /** Sends a datagram to a port other than 0. One that the system refuses is lost, as datagrams may be. */
  send(bytes: Uint8Array, port: number, address: string): void
  /** Resolves when the address is free again. Never rejects, also when it is closed already. */
  close(): Promise<void>
}

/** The events of a socket. */
export type DatagramEvents = {
  readonly message: (datagram: Uint8Array, source: Source) => void
  /** The socket has failed and must be closed. */
  readonly failed: (error: Error) => void
}

/** Binds a UDP socket to an IP address, which may have a zone, or takes over the one of a descriptor. Rejects with the system's error. */
export type OpenDatagrams = (listen: ListenAddress, events: DatagramEvents) => Promise<Datagrams>

/**
 * Bytes that the system stores until they are read, as far as it allows that (net.core.rmem_max): 10,000 queries that arrive
 * together. Linux takes twice the value, and counts 832 bytes for a query.
 */
export const receiveBytes = 4 * 1024 * 1024

/** The sockets of the runtime that runs this process: Bun's own for addresses that it can bind, or else node:dgram. */
export const openDatagrams: OpenDatagrams = async (listen, events) => {
  const isOnBun = process.versions.bun !== undefined
  if (isOnBun && listen.descriptor === undefined && !listen.host.includes('%')) {
    const { openBunDatagrams } = await import('./bun-datagrams.ts')
    return openBunDatagrams(listen, events)
  }
  const { openNodeDatagrams } = await import('./node-datagrams.ts')
  return openNodeDatagrams(listen, events)
}
