import { admit, readmit, refuse } from './access/admit.ts'
import type { Caller } from './access/caller.ts'
import { isRefused, type Refused, tokenMissing } from './access/refused.ts'
import { isStranger } from './access/rights.ts'
import { answerMessage } from './answer-message.ts'
import type { Edge } from './edge.ts'
import { corsHeaders, preflight } from './http/cors.ts'
import { type DnsAnswer, writeResponse } from './http/dns-response.ts'
import { formOf, type Read, readDoh, readDohPath, tooLarge } from './http/doh.ts'
import { notFound } from './http/plain-response.ts'
import { refusedResponse } from './http/refused-response.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import { callerNetwork } from './limit/caller-network.ts'
import type { Tasks } from './ports.ts'
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
  const authorization = request.header('authorization')
  const hasToken = hasPathToken || authorization !== undefined
  const incoming: Incoming = { request, form: formOf(request), hasToken, edge, tasks, arrival }
  const caller = admit(path.token, authorization, network, edge, tasks)
  return caller instanceof Promise
    ? caller.then((later) => answerCaller(later, incoming))
    : answerCaller(caller, incoming)
}

/** One request, and what is known of it before its caller is. `form` is the media type of the response. */
type Incoming = {
  readonly request: DohRequest
  readonly form: string
  readonly hasToken: boolean
  readonly edge: Edge
  readonly tasks: Tasks
  readonly arrival: Arrival
}

// The steps below call each other, and wait only for a promise: a repeated query needs one closure, that for its body.

function answerCaller(caller: Caller | Refused, incoming: Incoming): DohResponse | Promise<DohResponse> {
  if (isRefused(caller)) return respond(caller, incoming)
  const read = readDoh(incoming.request, incoming.form)
  if (!(read instanceof Promise)) return answerRead(read, caller, incoming)
  if (!caller.grants) return read.then((later) => answerRead(later, caller, incoming))
  const admittedAtMs = incoming.edge.clock.now()
  return read.then((later) => {
    const current = currentCaller(caller, admittedAtMs, incoming)
    return current instanceof Promise
      ? current.then((checked) => answerRead(later, checked, incoming))
      : answerRead(later, current, incoming)
  })
}

/**
 * The caller of a token, now that the request is read: a client may send a body so slowly that its tokens have been
 * revoked. `admittedAtMs` (Unix ms) is when the tokens were checked. A body that came soon after is not worth a second check.
 */
function currentCaller(
  caller: Caller,
  admittedAtMs: number,
  { request: { path, header }, edge, tasks }: Incoming,
): ReturnType<typeof readmit> {
  if (edge.clock.now() - admittedAtMs < recheckAfterMs) return caller
  return readmit(readDohPath(path)?.token ?? '', header('authorization'), edge, tasks)
}

/** The response to a request that has been read: to the bytes of its message, or the response that refuses it. */
function answerRead(
  read: Read,
  caller: Caller | Refused,
  incoming: Incoming,
): DohResponse | Promise<DohResponse> {
  if (isRefused(caller)) return respond(caller, incoming)
  const { edge, tasks, arrival } = incoming
  const bytes = read === 'too-large' ? tooLarge : read
  // A private edge tells a caller without a token nothing else.
  if (!(bytes instanceof Uint8Array))
    return respond(isStranger(caller, edge) ? tokenMissing : bytes, incoming)
  const answer = answerMessage(bytes, { caller, edge, tasks, size: 'http' }, arrival)
  return answer instanceof Promise
    ? answer.then((later) => respond(later, incoming))
    : respond(answer, incoming)
}

function respond(
  answered: DnsAnswer | DohResponse | Refused,
  { request, form, hasToken, edge: { config } }: Incoming,
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
