import type { Edge } from './edge.ts'
import { exchange } from './exchange.ts'
import { isDohPath } from './http/doh.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import type { Tasks } from './ports.ts'
import { route } from './routes.ts'

/**
 * A request to an edge → its response, on every runtime. DoH goes to the exchange before any router, because a router's
 * share of a warm query's CPU is noticeable; everything else is routed by Hono. `tasks` may go on after the response.
 * Rejects when something broke that no client can break: the runtime logs that and sends `internalError`.
 */
export function handle(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  return isDohPath(request.path) ? exchange(request, edge, tasks) : route(request, edge, tasks)
}
