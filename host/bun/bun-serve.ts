/** The part of Bun.serve that the front uses (https://bun.com/reference/bun/serve). */
export type BunServe = (options: BunServeOptions) => BunServer

export type BunServeOptions = {
  readonly hostname: string
  readonly port: number
  readonly reusePort: boolean
  readonly http2: boolean
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Seconds without data after which a connection is closed, at most 255. */
  readonly idleTimeout: number
  /** Bytes. A larger body is answered with an empty 413. */
  readonly maxRequestBodySize: number
  readonly development: boolean
  readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>
  readonly error: (error: unknown) => Response
}

export type BunServer = {
  /** Closes idle connections and the others after their responses; all of them at once with `true`. */
  stop(closeActiveConnections?: boolean): Promise<void>
  /** Closes the connections without a request; returns their number. */
  closeIdleConnections(): number
  /** Null when the client has left. */
  requestIP(request: Request): { readonly address: string } | null
}

/** Bun.serve. Call it on Bun only. */
export function bunServe(options: BunServeOptions): BunServer {
  const { Bun } = globalThis as unknown as { readonly Bun: { readonly serve: BunServe } }
  return Bun.serve(options)
}
