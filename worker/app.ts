import { Hono } from 'hono/tiny'
import type { Edge } from './edge.ts'
import { notFound, plain } from './http/doh.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import { type Route, routes } from './routes.ts'

/** The edge's routes on Web APIs. `edgeOf` gives the isolate's edge out of its bindings. */
export function createApp<Bindings extends object>(
  edgeOf: (bindings: Bindings) => Edge,
): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>()
  const at = (path: string, route: Route): void => {
    app.all(path, async (context) =>
      toWeb(await route(fromWeb(context.req.raw), edgeOf(context.env), context.executionCtx)),
    )
  }
  for (const [segment, route] of routes) {
    at(`/${segment}`, route)
    at(`/${segment}/*`, route)
  }
  app.notFound(() => toWeb(notFound))
  app.onError((error, context) => {
    edgeOf(context.env).log.warn('request failed', { reason: String(error) })
    return toWeb(plain(500, 'internal error'))
  })
  return app
}

function fromWeb(request: Request): DohRequest {
  const { path, query } = splitUrl(request.url)
  return {
    method: request.method,
    path,
    query,
    header: (name) => request.headers.get(name) ?? undefined,
    body: (maxBytes) => readBody(request, maxBytes),
  }
}

/**
 * A request's URL, which the runtime has normalised and stripped of its fragment, → path and query. Parsing it
 * once more would be the most expensive thing that a warm query does on workerd.
 */
function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const pathAt = url.indexOf('/', url.indexOf('//') + 2)
  const queryAt = url.indexOf('?', pathAt)
  return queryAt < 0
    ? { path: url.slice(pathAt), query: '' }
    : { path: url.slice(pathAt, queryAt), query: url.slice(queryAt + 1) }
}

/** The body, given up as soon as it passes the limit. */
async function readBody(request: Request, maxBytes: number): Promise<Uint8Array | 'too-large'> {
  // A declared length holds: the runtime hands on no more than that many bytes.
  if (request.headers.has('content-length')) {
    const whole = new Uint8Array(await request.arrayBuffer())
    return whole.length > maxBytes ? 'too-large' : whole
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    if (length > maxBytes) return 'too-large'
    chunks.push(chunk)
  }
  const body = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

function toWeb({ status, headers, body }: DohResponse): Response {
  return new Response(status === 204 ? null : (body as string | Uint8Array<ArrayBuffer>), { status, headers })
}
