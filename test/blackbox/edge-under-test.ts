import type { DnsClient, DnsPlace, DnsTransport } from '../dns-client.ts'

/** Where an edge answers DNS over other transports than HTTP. */
export type DnsPlaces = {
  readonly places: Readonly<Partial<Record<DnsTransport, DnsPlace>>>
  /** A client that trusts the edge's certificate. */
  open(transport: DnsTransport): Promise<DnsClient>
}

/** An edge as a client sees it: over HTTP, on any runtime. */
export type EdgeUnderTest = {
  readonly runtime: 'node' | 'workerd'
  /** Base URL without a final slash. */
  readonly url: string
  /** A fetch that trusts the edge's certificate. */
  readonly fetch: typeof fetch
  /** Undefined where it answers over HTTP only. */
  readonly dns?: DnsPlaces | undefined
  stop(): Promise<void>
}

/** The configuration of a test edge. */
export type TestConfig = {
  readonly public: boolean
  readonly trustedProxies?: readonly string[]
  /** Requests per second. */
  readonly limits?: Readonly<Record<string, number>>
  readonly audit?: { readonly sample: number; readonly names?: boolean }
  readonly url?: string
  readonly dotHost?: string
  readonly upstream?: {
    readonly urls: readonly string[]
    readonly forward?: boolean
    readonly timeoutMs?: number
    readonly cacheBytes?: number
  }
  readonly clusters: readonly {
    readonly id: string
    readonly keys: readonly string[]
    readonly zones: readonly string[]
    readonly reverse?: readonly string[]
    readonly nameservers?: readonly string[]
  }[]
}
