/** A request to the edge. */
export type EdgeRequest = {
  readonly method: 'GET' | 'POST'
  /** With its query. It may contain a token. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
}

/** A response of any status. Redirects are responses like others. */
export type EdgeResponse = {
  readonly status: number
  /** In lower case and without parameters; '' if there is none. */
  readonly mediaType: string
  /** At most `maxBodyBytes`; a longer body ends the connection. */
  readonly bytes: Uint8Array
}

/** One connection to the edge, over HTTP/2, or several that are used as one over HTTP/1.1. */
export type Connection = {
  readonly protocol: 'HTTP/2' | 'HTTP/1.1'
  /** The address that it leads to. */
  readonly address: string
  /** The requests that it can take at once now. */
  maxInFlight(): number
  /** Whether it takes no further requests: a connection that is closing is as dead as one that is closed. */
  isDead(): boolean
  /** Sends a request. Rejects with the cause if the connection ended, or the request was reset, before the whole response arrived. */
  send(request: EdgeRequest): Promise<EdgeResponse>
  /** When the edge was last heard (ms, by the clock given at the start). */
  lastHeardMs(): number
  /** Checks that the edge still answers, and ends the connection if it does not in time. */
  probe(): void
  /** Takes no further requests, and ends after those in flight. */
  close(): void
  /** Ends it at once. */
  destroy(): void
  /** Settles once it is dead. Never rejects. */
  readonly ended: Promise<void>
}

/** The longest body of a response (bytes): above a DNS message, and the list of zones. */
export const maxBodyBytes = 1024 * 1024

/** The value of a Content-Type header → its media type. */
export function mediaTypeOf(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
}
