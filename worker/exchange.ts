import { admit, readmit, refuse } from './access/admit.ts'
import { isRefused, type Refused, tokenMissing } from './access/refused.ts'
import { isStranger } from './access/rights.ts'
import { answerMessage } from './answer-message.ts'
import type { Edge } from './edge.ts'
import { corsHeaders, preflight } from './http/cors.ts'
import { type DnsAnswer, writeResponse } from './http/dns-response.ts'
import { formOf, readDoh, readDohPath } from './http/doh.ts'
import { notFound } from './http/plain-response.ts'
import { refusedResponse } from './http/refused-response.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import { callerNetwork } from './limit/caller-network.ts'
import type { Tasks } from './ports.ts'
import type { Visit } from './query/visit.ts'
import type { Arrival } from './report/report-answer.ts'

/** How long a request may take to arrive before its tokens are checked again (ms). A revocation takes longer anyway. */
const recheckAfterMs = 100

/**
 * Answers a DoH request. This file contains the order of the steps and no DNS rules:
 *
 *     request ─▶ access ─▶ doh ─▶ read-query ─▶ zone ─▶ reader ─▶ resolve ─▶ reply ─▶ write-reply ─▶ dns-response
 *               caller    bytes   one query    place   one view  records   rcode    DNS bytes      HTTP or JSON
 *
 * A query whose answer is in the cache skips from `doh` to `dns-response` (repeat-answer.ts).
 *
 * Resolves to the response, which is 200 for every DNS answer. When root and shards are in memory, only the body of a
 * POST is awaited beyond the current tick. Never rejects because of a client's request.
 */
export async function exchange(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const arrival = { transport: request.transport ?? 'http', beganMs: edge.meter.nowMs() } as const
  const path = readDohPath(request.path)
  const network = callerNetwork(request, edge.config)
  if (!path) return refusedResponse(await refuse(request.path, network, edge, tasks))
  const { cors } = edge.config
  if (request.method === 'OPTIONS') return preflight(request, path.token !== '', cors)
  const form = formOf(request)
  const authorization = request.header('authorization')
  const admission = admit(path.token, authorization, network, edge, tasks)
  const caller = admission instanceof Promise ? await admission : admission
  const answered = isRefused(caller)
    ? caller
    : await answerCaller(request, form, { caller, edge, tasks, size: 'http' }, arrival)
  const answer = isRefused(answered) ? refusedResponse(answered) : answered
  // The same bytes for every wrong path and every token that is not valid, whatever the media type.
  if (answer === notFound) return notFound
  const hasToken = path.token !== '' || authorization !== undefined
  const hasOtherClusters = edge.config.clusters.length > 1
  const audience = { cors: corsHeaders(request, hasToken, cors), isPrivate: hasToken, hasOtherClusters }
  return writeResponse(answer, form, audience)
}

async function answerCaller(
  request: DohRequest,
  form: string,
  admitted: Visit,
  arrival: Arrival,
): Promise<DnsAnswer | DohResponse | Refused> {
  const { edge } = admitted
  const admittedAtMs = edge.clock.now()
  const bytes = await readDoh(request, form)
  const current = currentCaller(request, admitted, admittedAtMs)
  const caller = current instanceof Promise ? await current : current
  if (isRefused(caller)) return caller
  const visit = caller === admitted.caller ? admitted : { ...admitted, caller }
  // A private edge tells a caller without a token nothing else.
  if (!(bytes instanceof Uint8Array)) return isStranger(caller, edge) ? tokenMissing : bytes
  return answerMessage(bytes, visit, arrival)
}

/**
 * The caller, now that the request is read: a client may send a body so slowly that its tokens have been revoked.
 * `admittedAtMs` (Unix ms) is when the tokens were checked. A body that came soon after is not worth a second check.
 */
function currentCaller(
  { path, header }: DohRequest,
  { caller, edge, tasks }: Visit,
  admittedAtMs: number,
): ReturnType<typeof readmit> {
  if (!caller.grants || edge.clock.now() - admittedAtMs < recheckAfterMs) return caller
  return readmit(readDohPath(path)?.token ?? '', header('authorization'), edge, tasks)
}
