import { admit, refuse } from '../access/admit.ts'
import type { Caller } from '../access/caller.ts'
import { isRefused, type Refused, tokenMissing } from '../access/refused.ts'
import { isStranger } from '../access/rights.ts'
import type { Edge } from '../edge.ts'
import { plain } from '../http/plain-response.ts'
import { refusedResponse } from '../http/refused-response.ts'
import type { DohRequest, DohResponse } from '../http/request.ts'
import { readTokenPath } from '../http/token-path.ts'
import { callerNetwork } from '../limit/caller-network.ts'
import type { Tasks } from '../ports.ts'

/**
 * Answers a request to `base` or to tokens below it. Who asks is decided as on the DoH path, with the same limits and the same
 * refusals, and before anything else about the request is judged. `read` gives the response to GET and HEAD of an admitted
 * caller, or a refusal.
 */
export async function admittedRead(
  base: string,
  request: DohRequest,
  edge: Edge,
  tasks: Tasks,
  read: (caller: Caller) => DohResponse | Refused | Promise<DohResponse | Refused>,
): Promise<DohResponse> {
  const { method, path } = request
  const network = callerNetwork(request, edge.config)
  const place = readTokenPath(base, path)
  if (!place) return refusedResponse(await refuse(path, network, edge, tasks))
  const caller = await admit(place.token, request.header('authorization'), network, edge, tasks)
  if (isRefused(caller)) return refusedResponse(caller)
  if (method !== 'GET' && method !== 'HEAD') {
    // A private edge tells a caller without a token nothing else.
    if (isStranger(caller, edge)) return refusedResponse(tokenMissing)
    return plain(405, `${method} is not allowed here; use GET`, { allow: 'GET, HEAD' })
  }
  const answer = await read(caller)
  return isRefused(answer) ? refusedResponse(answer) : answer
}
