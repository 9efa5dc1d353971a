import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { authority, type ListenAddress, listen, reachable } from './listen.ts'

/** The response to a path. */
export type HealthAnswer = { readonly status: number; readonly type: string; readonly text: string }

/** A path and whether its query has `verbose` → the answer; undefined for an unknown path. */
export type HealthHandler = (path: string, verbose: boolean) => HealthAnswer | undefined

export type HealthServer = {
  /** The URL for this machine, such as 'http://127.0.0.1:9153'. */
  readonly url: string
  /** Stops listening and closes every connection at once. */
  close(): Promise<void>
}

/** Limits for kubelets and scrapers, which are few and send small requests. */
const maxConnections = 64
const maxHeaderBytes = 8 * 1024
const headersMs = 5_000
const requestMs = 10_000
const idleMs = 30_000

/** Serves short texts over plain HTTP, for GET and HEAD only. Throws HostError LISTEN_*. */
export async function startHealthServer(
  address: ListenAddress,
  handler: HealthHandler,
): Promise<HealthServer> {
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => answer(request, response, handler),
  )
  server.maxConnections = maxConnections
  const at = await listen(server, address)
  return {
    url: `http://${authority(reachable(at))}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse, handler: HealthHandler): void {
  const say = (status: number, text: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(text)),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return say(405, 'only GET is answered\n', { allow: 'GET, HEAD', connection: 'close' })
  }
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  const found = handler(path, new URLSearchParams(query).has('verbose'))
  if (!found) return say(404, 'there is /metrics, /livez and /readyz\n')
  say(found.status, found.text, { 'content-type': found.type })
}
