import { admit, readmit, refuse } from './access/admit.ts'
import type { Caller } from './access/caller.ts'
import { isRefused, type Refused, tokenMissing } from './access/refused.ts'
import { isStranger } from './access/rights.ts'
import { answerMessage } from './answer-message.ts'
import { chain } from './chain.ts'
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
 * The response is 200 for every DNS answer. When root and shards are in memory, only the body of a POST is awaited beyond
 * the current tick; the answer to a GET is without a promise if it is in the cache. Never throws or rejects because of a
 * client's request.
 */
export function exchange(request: DohRequest, edge: Edge, tasks: Tasks): DohResponse | Promise<DohResponse> {
  const arrival = { transport: request.transport ?? 'http', beganMs: edge.meter.nowMs() } as const
  const path = readDohPath(request.path)
  const network = callerNetwork(request, edge.config)
  if (!path) return refuse(request.path, network, edge, tasks).then(refusedResponse)
  const hasPathToken = path.token !== ''
  if (request.method === 'OPTIONS') return preflight(request, hasPathToken, edge.config.cors)
  const form = formOf(request)
  const authorization = request.header('authorization')
  const admission = admit(path.token, authorization, network, edge, tasks)
  const answered = chain(admission, (caller) =>
    isRefused(caller) ? caller : answerCaller(request, form, { caller, edge, tasks, size: 'http' }, arrival),
  )
  const hasToken = hasPathToken || authorization !== undefined
  return chain(answered, (answer) => respond(answer, request, form, hasToken, edge))
}

function respond(
  answered: DnsAnswer | DohResponse | Refused,
  request: DohRequest,
  form: string,
  hasToken: boolean,
  { config }: Edge,
): DohResponse | Promise<DohResponse> {
  const answer = isRefused(answered) ? refusedResponse(answered) : answered
  // The same bytes for every wrong path and every token that is not valid, whatever the media type.
  if (answer === notFound) return notFound
  const cors = corsHeaders(request, hasToken, config.cors)
  return writeResponse(answer, form, {
    cors,
    isPrivate: hasToken,
    hasOtherClusters: config.clusters.length > 1,
  })
}

function answerCaller(
  request: DohRequest,
  form: string,
  admitted: Visit,
  arrival: Arrival,
): DnsAnswer | DohResponse | Refused | Promise<DnsAnswer | DohResponse | Refused> {
  const admittedAtMs = admitted.edge.clock.now()
  return chain(readDoh(request, form), (bytes) =>
    chain(currentCaller(request, admitted, admittedAtMs), (caller) =>
      answerRead(bytes, caller, admitted, arrival),
    ),
  )
}

/** The answer to a request that has been read: to the bytes of its message, or the response that refuses it. */
function answerRead(
  bytes: Uint8Array | DohResponse,
  caller: Caller | Refused,
  admitted: Visit,
  arrival: Arrival,
): DnsAnswer | DohResponse | Refused | Promise<DnsAnswer | Refused> {
  if (isRefused(caller)) return caller
  const visit = caller === admitted.caller ? admitted : { ...admitted, caller }
  // A private edge tells a caller without a token nothing else.
  if (!(bytes instanceof Uint8Array)) return isStranger(caller, visit.edge) ? tokenMissing : bytes
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
