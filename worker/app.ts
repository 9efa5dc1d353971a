import type { Edge } from './edge.ts'
import { exchange } from './exchange.ts'
import { isDohPath } from './http/doh.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import type { Tasks } from './ports.ts'

/**
 * A request to an edge → its response, on every runtime. DoH requests skip the router, because it would use a noticeable
 * share of a warm query's CPU; Hono routes everything else. The routes are loaded with the first request for one of them:
 * they are half of the code, and each isolate of a Worker would load them at its start. `tasks` may continue after the
 * response. Throws or rejects on an internal fault, never because of a client's request; the runtime then logs it and
 * sends `internalError`.
 */
export function handle(request: DohRequest, edge: Edge, tasks: Tasks): DohResponse | Promise<DohResponse> {
  return isDohPath(request.path) ? exchange(request, edge, tasks) : handleOther(request, edge, tasks)
}

async function handleOther(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const { route } = await import('./routes.ts')
  return route(request, edge, tasks)
}
