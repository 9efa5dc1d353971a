/** An HTTP request as every runtime can describe it. */
export type DohRequest = {
  readonly method: string
  /** The URL's path, percent-encoding as it came. */
  readonly path: string
  /** The URL's query without '?', '' when there is none. */
  readonly query: string
  /** A header by lower-case name. */
  header(name: string): string | undefined
  /** The body, or 'too-large' as soon as it passes `maxBytes`; what follows is not read. Called at most once. */
  body(maxBytes: number): Promise<Uint8Array | 'too-large'>
}

/** An HTTP response: headers by lower-case name. Content-Length is the runtime's to add, from the body. */
export type DohResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}
