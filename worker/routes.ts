import { Hono } from 'hono/tiny'
import { refuse } from './access/admit.ts'
import type { Edge } from './edge.ts'
import { frontPage } from './http/front-page.ts'
import { plain } from './http/plain-response.ts'
import { refusedResponse } from './http/refused-response.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import { toWeb } from './http/web.ts'
import { callerNetwork } from './limit/caller-network.ts'
import type { Tasks } from './ports.ts'
import { ingest } from './register/ingest.ts'
import { health, status } from './status.ts'

/** One request with its edge, as Hono's bindings: Hono routes by path only, and handlers read this request. */
type Visit = { readonly request: DohRequest; readonly edge: Edge; readonly tasks: Tasks }

const routes = new Hono<{ Bindings: Visit }>()
  .all('/', ({ env }) => toWeb(forReading(env, () => frontPage(env.request))))
  .all('/healthz', ({ env }) => toWeb(forReading(env, () => health(env.edge))))
  .all('/status', ({ env }) => toWeb(forReading(env, () => status(env.edge))))
  .all('/ingest/*', async ({ env }) => toWeb(await ingest(env.request, env.edge, env.tasks)))
routes.notFound(async ({ env }) => toWeb(await refuseRoute(env)))
routes.onError((error) => {
  throw error
})

/**
 * Answers everything except DoH: the front page, /healthz, /status and the ingest routes. These requests are rare, so
 * the cost of a router and of Web API objects does not matter. Rejects on an internal fault, never because of a
 * client's request.
 */
export async function route(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const url = `http://edge.invalid${request.path}`
  const visit: Visit = { request, edge, tasks }
  // A request target may be '*' or any text (RFC 9112 §3.2), such as /a/../status. Routes are for paths in normal form.
  if (!request.path.startsWith('/') || URL.parse(url)?.pathname !== request.path) return refuseRoute(visit)
  const response = await routes.fetch(new Request(url), visit)
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  }
}

async function refuseRoute({ request, edge, tasks }: Visit): Promise<DohResponse> {
  return refusedResponse(await refuse(request.path, callerNetwork(request, edge.config), edge, tasks))
}

function forReading({ request }: Visit, page: () => DohResponse): DohResponse {
  if (request.method === 'GET' || request.method === 'HEAD') return page()
  return plain(405, `${request.method} is not allowed here; use GET`, { allow: 'GET, HEAD' })
}
