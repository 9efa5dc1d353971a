import type { EdgeZones } from '../setup/edge-zones.ts'

/** The facts that checks share: those of the command line, and those that earlier checks learned. */
export type Facts = {
  /** The DoH endpoint, with its token. */
  readonly url: URL
  /** The URL as it may be printed, without its token. */
  readonly shownUrl: string
  /** The tokens in the URL's path. */
  readonly tokens: readonly string[]
  /** The name to look up, without its final dot; undefined when none was given. */
  readonly name: string | undefined
  /** The TCP port of --port. */
  readonly port: number | undefined
  /** The addresses of the edge's host. */
  readonly edgeAddresses?: readonly string[]
  /** The TLS handshake with the edge chose HTTP/2. */
  readonly hasHttp2?: boolean
  /** The headers of the edge's first answer. */
  readonly headers?: Readonly<Record<string, string>>
  /** What the token may see; undefined where the server has no such list. */
  readonly zones?: EdgeZones
  readonly answer?: EdgeAnswer
  /** The resolver that programs of this system use. */
  readonly resolver?: SystemResolver
}

/** The edge's answer for the name. */
export type EdgeAnswer = {
  readonly name: string
  /** The zone of the name, such as 'cluster.local'; undefined outside of the edge's zones. */
  readonly zone: string | undefined
  /** The name and the targets of its aliases, in order, without final dots. */
  readonly chain: readonly string[]
  /** IPv4 and IPv6 addresses, in canonical form. */
  readonly addresses: readonly string[]
}

/** The configuration of the system's resolver. */
export type SystemResolver = {
  /** Addresses of the nameservers in resolv.conf; empty where the system has no such file. */
  readonly nameservers: readonly string[]
  /** systemd-resolved answers at one of them. */
  readonly isResolved: boolean
}
