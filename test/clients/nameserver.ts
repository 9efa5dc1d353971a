import type { Server } from './dig.ts'

/** An edge as a nameserver: where the recipes of docs/resolvers.md have it. */
export type Nameserver = {
  /** A token for DNS over TLS. */
  readonly token: string
  /** The CA of the edge's certificate. */
  readonly caFile: string
}

/** Plain DNS of the edge (--dns-listen). */
export const plainDns: Server = { address: '10.0.0.53', port: 53 }

/** DNS over TLS of the edge (--dot-listen), and the host name before which the token is written. */
export const dnsOverTls = { address: '10.0.0.53', port: 853, host: 'dns.example.com' } as const

/** The networks of the policy: programs of this machine ask the edge's address from the same address. */
export const ownNetwork = '10.0.0.53/32'
