import { isIP } from 'node:net'
import type { Place } from '../../client/connect-error.ts'

/** Where the edge is, from its DoH URL. `host` has the port. */
export type EdgePlace = Place & {
  readonly origin: string
  /** A host name, or an address without brackets. */
  readonly hostname: string
  readonly port: number
  readonly isSecure: boolean
}

/** The place of a DoH URL. */
export function edgePlace(url: URL): EdgePlace {
  const isSecure = url.protocol === 'https:'
  return {
    origin: url.origin,
    protocol: url.protocol,
    host: url.host,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || (isSecure ? 443 : 80)),
    isSecure,
  }
}

/** The server name for TLS: none for an address (RFC 6066 §3). */
export function serverNameOf({ hostname }: EdgePlace): string | undefined {
  return isIP(hostname) ? undefined : hostname
}
