/** An HTTP request, independent of the runtime. */
export type DohRequest = {
  readonly method: string
  /** The URL's path, with its percent-encoding unchanged. */
  readonly path: string
  /** The URL's query without '?'; '' when there is none. */
  readonly query: string
  /**
   * The IP address at the other end of the transport: the socket's, or on Cloudflare the client's as the platform reports
   * it. Undefined for a request from the same process. client-address.ts finds the client behind a proxy.
   */
  readonly peer?: string | undefined
  /** The version of HTTP, if the runtime reports it. */
  readonly transport?: 'http1' | 'http2' | undefined
  /** A header by lower-case name. */
  header(name: string): string | undefined
  /** The body, or 'too-large' as soon as it is declared larger than `maxBytes` or exceeds it; the rest is not read. Called at most once. */
  body(maxBytes: number): Promise<Uint8Array | 'too-large'>
}

/** An HTTP response, its headers by lower-case name. The runtime adds Content-Length. */
export type DohResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}
