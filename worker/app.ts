import type { Edge } from './edge.ts'
import { exchange } from './exchange.ts'
import { isDohPath } from './http/doh.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import type { Tasks } from './ports.ts'
import { route } from './routes.ts'

/**
 * A request to an edge → its response, on every runtime. DoH requests skip the router, because it would use a noticeable
 * share of a warm query's CPU; Hono routes everything else. `tasks` may continue after the response. Rejects on an
 * internal fault, never because of a client's request; the runtime then logs it and sends `internalError`.
 */
export function handle(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  return isDohPath(request.path) ? exchange(request, edge, tasks) : route(request, edge, tasks)
}
