import { Hono } from 'hono/tiny'
import { dohPath, plain } from './doh.ts'
import type { Edge } from './edge.ts'
import { exchange } from './exchange.ts'
import { ingest } from './ingest.ts'
import type { Tasks } from './ports.ts'
import type { DohRequest, DohResponse } from './request.ts'
import { status } from './status.ts'

type Route = (request: DohRequest, edge: Edge, tasks: Tasks) => DohResponse | Promise<DohResponse>

/** The edge's routes on Web APIs. `edgeOf` gives the isolate's edge out of its bindings. */
export function createApp<Bindings extends object>(edgeOf: (bindings: Bindings) => Edge): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>()
  const at = (path: string, route: Route): void => {
    app.all(path, async (context) => {
      const request = fromWeb(context.req.raw)
      const response = await route(request, edgeOf(context.env), context.executionCtx)
      return toWeb(response)
    })
  }
  at(dohPath, exchange)
  at(`${dohPath}/:token`, exchange)
  at('/ingest/:cluster{.*}', ingest)
  at('/healthz', healthy)
  at('/status', (_request, edge) => status(edge))
  app.notFound(() => toWeb(plain(404, 'not found')))
  app.onError((error, context) => {
    edgeOf(context.env).log.warn('request failed', { reason: String(error) })
    return toWeb(plain(500, 'internal error'))
  })
  return app
}

function healthy(): DohResponse {
  return plain(200, 'ok')
}

function fromWeb(request: Request): DohRequest {
  const url = new URL(request.url)
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    header: (name) => request.headers.get(name) ?? undefined,
    body: (maxBytes) => readBody(request, maxBytes),
  }
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
  return new Response(status === 204 ? null : (body as BodyInit), { status, headers })
}
