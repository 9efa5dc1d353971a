import type { Tasks } from '../../worker/ports.ts'

/** A DNS message that came over a transport other than HTTP. */
export type DnsRequest = {
  /** The message, without the EDNS options that concern only its transport. */
  readonly bytes: Uint8Array
  readonly transport: 'udp' | 'tcp' | 'dot'
  /** The source address as text, from the socket. */
  readonly peer: string
  /** DoT: the server name of TLS (SNI); undefined if there is none. */
  readonly serverName: string | undefined
  /** The most bytes of the answer. */
  readonly maxBytes: number
}

/** The edge: answers a DNS message; undefined when nothing is sent. Promises passed to `tasks` may continue after the answer. */
export type DnsHandler = (request: DnsRequest, tasks: Tasks) => Promise<Uint8Array | undefined>
