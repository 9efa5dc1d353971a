import type { Edge } from './edge.ts'
import { exchange } from './exchange.ts'
import { notFound, plain } from './http/doh.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import type { Tasks } from './ports.ts'
import { ingest } from './register/ingest.ts'
import { status } from './status.ts'

/** Answers the requests below one first segment of the path. */
export type Route = (request: DohRequest, edge: Edge, tasks: Tasks) => DohResponse | Promise<DohResponse>

/** Everything that an edge answers, by the first segment of the path. */
export const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['dns-query', exchange],
  ['ingest', ingest],
  ['healthz', (request) => (request.path === '/healthz' ? plain(200, 'ok') : notFound)],
  ['status', (request, edge) => (request.path === '/status' ? status(edge) : notFound)],
])

/** A request → its response, for a runtime that brings no router. Throws or rejects when something broke that no client may break. */
export function handle(request: DohRequest, edge: Edge, tasks: Tasks): DohResponse | Promise<DohResponse> {
  const end = request.path.indexOf('/', 1)
  const route = routes.get(end < 0 ? request.path.slice(1) : request.path.slice(1, end))
  return route ? route(request, edge, tasks) : notFound
}
