import type { DiskView } from '../install/apply/disk.ts'

/** Everything outside of the program that checks may ask. No port throws for a failure of what it asks. */
export type Ports = {
  readonly platform: NodeJS.Platform
  /** Unix ms. */
  nowMs(): number
  /** Characters of a name that nobody asked before. */
  randomLabel(): string
  /** A look-up by the system's resolver (getaddrinfo). The same host is looked up once. */
  lookup(host: string): Promise<Lookup>
  /** Opens a TCP connection and closes it. The same place is tried once. */
  connect(address: string, port: number): Promise<Connection>
  /** A TLS handshake that accepts any certificate and reports its fault. Nothing is sent over it. */
  handshake(address: string, port: number, serverName: string): Promise<Handshake | Failed>
  /** Asks the edge over HTTPS. */
  askEdge(name: string, type: string): Promise<EdgeResponse | Failed>
  /** GETs a path of the edge. */
  getFromEdge(path: string): Promise<Response | Failed>
  /** Asks a nameserver over UDP, and over TCP where the answer is truncated. */
  askNameserver(address: string, name: string, type: string): Promise<DnsReply | Failed>
  /** The files of this machine. */
  readonly disk: DiskView
  /** The route to an address; undefined where this system does not report it. */
  routeTo(address: string): Promise<Route | undefined>
}

/** A failure: an error code such as ECONNREFUSED or TIMEOUT, and the reason in words. */
export type Failed = { readonly failed: string; readonly reason: string }

/** Whether a port failed. */
export function isFailed(result: object): result is Failed {
  return 'failed' in result
}

export type Lookup = { readonly addresses: readonly string[] } | Failed

/** 'silent': no reply within the time limit, as when packets are dropped. */
export type Connection = {
  readonly outcome: 'open' | 'refused' | 'unreachable' | 'silent' | 'failed'
  readonly reason: string
}

export type Handshake = {
  /** The code of the first fault of the certificate, such as CERT_HAS_EXPIRED; undefined for none. */
  readonly fault: string | undefined
  /** Validity of the server's certificate (Unix ms). */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** Subject alternative names, as text. */
  readonly names: string
  readonly issuer: string
  /** The version of TLS, such as 'TLSv1.3'. */
  readonly version: string
  /** The protocol that ALPN chose: 'h2', 'http/1.1' or ''. */
  readonly protocol: string
}

export type Response = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as text, cut at 65,536 bytes. */
  readonly text: string
}

/** A response of the edge to a DNS query; `reply` is undefined if it is not a DNS message. */
export type EdgeResponse = Response & { readonly httpVersion: string; readonly reply: DnsReply | undefined }

/** A DNS answer in the parts that checks look at. Names are in lower case, without final dots. */
export type DnsReply = {
  /** A mnemonic, such as 'NXDOMAIN'. */
  readonly rcode: string
  /** The records of the answer section; `data` is in zone-file format, for names without the final dot. */
  readonly records: readonly { readonly owner: string; readonly type: string; readonly data: string }[]
  /** The extended error (RFC 8914). */
  readonly error: { readonly code: number; readonly text: string } | undefined
}

export type Route =
  | { readonly kind: 'none'; readonly reason: string }
  | {
      /** 'local': an address of this machine; 'default': no route is more specific than the default route. */
      readonly kind: 'local' | 'default' | 'specific'
      readonly interface: string
      /** The destination of the route, such as '10.96.0.0/16'. */
      readonly destination: string
    }
