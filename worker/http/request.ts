/** An HTTP request, independent of the runtime. */
export type DohRequest = {
  readonly method: string
  /** The URL's path, with its percent-encoding unchanged. */
  readonly path: string
  /** The URL's query without '?'; '' when there is none. */
  readonly query: string
  /** A header by lower-case name. */
  header(name: string): string | undefined
  /** The body, or 'too-large' as soon as it exceeds `maxBytes`; the rest is not read. Called at most once. */
  body(maxBytes: number): Promise<Uint8Array | 'too-large'>
}

/** An HTTP response, its headers by lower-case name. The runtime adds Content-Length. */
export type DohResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}
