import { Hono } from 'hono/tiny'
import { refuse } from './access/admit.ts'
import type { Edge } from './edge.ts'
import { frontPage } from './http/front-page.ts'
import { plain } from './http/plain-response.ts'
import { refusedResponse } from './http/refused-response.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import { callerNetwork } from './limit/caller-network.ts'
import type { Tasks } from './ports.ts'
import { ingest } from './register/ingest.ts'
import { setUpPath } from './setup/set-up-path.ts'
import { isOpenToAll, setUpRoute } from './setup/set-up-route.ts'
import { zonesPath, zonesRoute } from './setup/zones-route.ts'
import { health } from './status/health.ts'
import { status } from './status/status.ts'

/**
 * One request with its edge, as Hono's bindings: Hono routes by path only, handlers read this request and set `response`.
 * A Web API Response would sort the headers, and so tell a path without a route from a token that is not valid.
 */
type Visit = {
  readonly request: DohRequest
  readonly edge: Edge
  readonly tasks: Tasks
  response?: DohResponse
}

const routes = new Hono<{ Bindings: Visit }>()
  .all(
    '/',
    answering((visit) => forReading(visit, () => front(visit))),
  )
  .all(
    '/healthz',
    answering((visit) => forReading(visit, () => health(visit.edge, visit.tasks))),
  )
  .all(
    '/status',
    answering((visit) => forReading(visit, () => status(visit.edge))),
  )
  // The pattern includes /setup itself.
  .all(
    `${setUpPath}/*`,
    answering(({ request, edge, tasks }) => setUpRoute(request, edge, tasks)),
  )
  // The pattern includes /zones itself.
  .all(
    `${zonesPath}/*`,
    answering(({ request, edge, tasks }) => zonesRoute(request, edge, tasks)),
  )
  .all(
    '/ingest/*',
    answering(({ request, edge, tasks }) => ingest(request, edge, tasks)),
  )
  .all('/follow/*', answering(follow))
routes.notFound(answering(refuseRoute))
routes.onError((error) => {
  throw error
})

/**
 * Answers everything except DoH: the front page, /setup, /zones, /healthz, /status, the ingest routes and those for followers. These requests are rare, so
 * the cost of a router does not matter. Rejects on an internal fault, never because of a
 * client's request.
 */
export async function route(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const url = `http://edge.invalid${request.path}`
  const visit: Visit = { request, edge, tasks }
  // A request target may be '*' or any text (RFC 9112 §3.2), such as /a/../status. Routes are for paths in normal form.
  if (!request.path.startsWith('/') || URL.parse(url)?.pathname !== request.path) return refuseRoute(visit)
  await routes.fetch(new Request(url), visit)
  return visit.response ?? refuseRoute(visit)
}

/** A handler for Hono that sets the visit's response. */
function answering(
  respond: (visit: Visit) => DohResponse | Promise<DohResponse>,
): (context: { readonly env: Visit }) => Promise<Response> {
  return async ({ env }) => {
    env.response = await respond(env)
    return new Response()
  }
}

async function refuseRoute({ request, edge, tasks }: Visit): Promise<DohResponse> {
  return refusedResponse(await refuse(request.path, callerNetwork(request, edge.config), edge, tasks))
}

/** A follower's request; every other request to these paths gets the response of an unknown path. */
async function follow(visit: Visit): Promise<DohResponse> {
  const { request, edge, tasks } = visit
  return (await edge.followRoute?.(request, edge, tasks)) ?? refuseRoute(visit)
}

async function front({ request, edge, tasks }: Visit): Promise<DohResponse> {
  const isOpen = await isOpenToAll(edge, tasks)
  return frontPage(request, { url: edge.config.url, setUpPath: isOpen ? setUpPath : undefined })
}

function forReading<T>({ request }: Visit, page: () => T): T | DohResponse {
  if (request.method === 'GET' || request.method === 'HEAD') return page()
  return plain(405, `${request.method} is not allowed here; use GET`, { allow: 'GET, HEAD' })
}
