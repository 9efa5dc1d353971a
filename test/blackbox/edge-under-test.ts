/** An edge as a client sees it: over HTTP, on any runtime. */
export type EdgeUnderTest = {
  readonly runtime: 'node' | 'workerd'
  /** Base URL without a final slash. */
  readonly url: string
  /** A fetch that trusts the edge's certificate. */
  readonly fetch: typeof fetch
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
