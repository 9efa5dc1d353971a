import { type Head, isRefusal, type Query, readQuery } from '../dns/message/read-query.ts'
import { writeReply } from '../dns/message/write-reply.ts'
import { admit, refuse } from './access/admit.ts'
import type { Caller } from './access/caller.ts'
import { needsToken } from './access/refusals.ts'
import { visibleTo } from './access/visible-to.ts'
import { emptyZoneReply } from './answer/empty-zone.ts'
import { freshnessOf } from './answer/freshness.ts'
import { type Need, needsOf } from './answer/needs.ts'
import { shuffleAddresses } from './answer/shuffle.ts'
import { type ClusterPlace, locate, locatePublic } from './answer/zone.ts'
import { auditAnswer } from './audit-log.ts'
import type { Edge } from './edge.ts'
import { corsHeaders, preflight } from './http/cors.ts'
import { type DnsAnswer, writeResponse } from './http/dns-response.ts'
import { formOf, readDoh, readDohPath } from './http/doh.ts'
import { notFound, plain } from './http/plain-response.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import { callerNetwork } from './limit/caller-network.ts'
import { outsideReply } from './out-of-zone.ts'
import type { Tasks } from './ports.ts'
import { fallbackView } from './reader/reader.ts'
import type { View } from './reader/view.ts'
import { cacheAnswer, repeatAnswer } from './repeat-answer.ts'
import { bareReply, type EdgeReply, maxAgeOf, refusalOf, replyTo, unavailable } from './reply.ts'
import type { Resolution } from './resolve.ts'
import { resolveInView } from './resolve-in-view.ts'

/**
 * The time limit of one query (ms). A cold alias chain reads the store once per alias, and clients give up after about
 * this time.
 */
const budgetMs = 5_000

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
  const path = readDohPath(request.path)
  const network = callerNetwork(request, edge.config)
  if (!path) return refuse(request.path, network, edge, tasks)
  const { cors } = edge.config
  if (request.method === 'OPTIONS') return preflight(request, path.token !== '', cors)
  const form = formOf(request)
  const authorization = request.header('authorization')
  const admission = admit(path.token, authorization, network, edge, tasks)
  const caller = admission instanceof Promise ? await admission : admission
  // The same bytes for every wrong path and every token that is not valid, whatever the media type.
  if (caller === notFound) return notFound
  const answer = 'status' in caller ? caller : await answerCaller(request, form, { caller, edge, tasks })
  const hasToken = path.token !== '' || authorization !== undefined
  const audience = { cors: corsHeaders(request, hasToken, cors), isPrivate: hasToken }
  return writeResponse(answer, form, audience)
}

/** One caller's request; `form` is the media type of the answer. */
type Visit = { readonly caller: Caller; readonly edge: Edge; readonly tasks: Tasks }

async function answerCaller(
  request: DohRequest,
  form: string,
  visit: Visit,
): Promise<DnsAnswer | DohResponse> {
  const { caller, edge, tasks } = visit
  const bytes = await readDoh(request, form)
  // A private edge tells a caller without a token nothing else.
  if (!(bytes instanceof Uint8Array)) return isStranger(visit) ? needsToken : bytes
  const answer = repeatAnswer(bytes, caller, edge, tasks) ?? (await answerBytes(bytes, visit))
  if (!('status' in answer)) auditAnswer(bytes, answer, caller, edge)
  return answer
}

/** Whether the caller has no token and the edge is not public. */
function isStranger({ caller, edge }: Visit): boolean {
  return caller.grants === undefined && !edge.config.public
}

async function answerBytes(bytes: Uint8Array, visit: Visit): Promise<DnsAnswer | DohResponse> {
  const { caller, edge, tasks } = visit
  const query = readQuery(bytes)
  if (isRefusal(query)) {
    if (isStranger(visit)) return needsToken
    if (query.kind === 'unreadable') return plain(400, query.reason)
    return write(query.head, bareReply(query.rcode, { code: 0, text: query.reason }), undefined, edge)
  }
  const place = locate(query.name, query.question.asked, caller.zones)
  const asked = { ...visit, query, bytes, endMs: edge.clock.now() + budgetMs }
  if (place.kind !== 'outside' && place.kind !== 'private') return answerInCluster(place, asked)
  const refusal = refusalOf(query.question)
  const found = place.kind === 'outside' && !refusal ? await answerPublicAddress(asked) : undefined
  if (found) return found
  if (isStranger(visit) && !caller.mayForward) return needsToken
  if (refusal) return write(query, refusal, undefined, edge)
  if (place.kind === 'private')
    return write(query, emptyZoneReply(place, query.question.type), undefined, edge)
  return write(query, await outsideReply(query, caller, edge, asked.endMs, tasks), undefined, edge)
}

/** One query of a caller, with its bytes. Its time ends at `endMs` (Unix ms). */
type Asked = Visit & { readonly query: Query; readonly bytes: Uint8Array; readonly endMs: number }

async function answerInCluster(place: ClusterPlace, asked: Asked): Promise<DnsAnswer | DohResponse> {
  const { query, caller, edge, tasks } = asked
  const { cluster } = place
  const view = await edge.reader.view(cluster, tasks)
  if (!view) return write(query, unavailable(cluster.id, false), undefined, edge)
  const visible = await visibleTo(caller, view, edge, tasks)
  if (visible === 'refused') return needsToken
  if (visible === 'missing') return write(query, unavailable(cluster.id, true), undefined, edge)
  const refusal = refusalOf(query.question)
  if (refusal) return write(query, refusal, undefined, edge)
  const world = { ...asked, zones: caller.zones, visible }
  const needs: Need[] = []
  const resolution = await resolveInView(query, place, view, needs, world)
  if (resolution) return answerFrom(resolution, { view, needs }, asked)
  const fallback = fallbackView(view, needs)
  const older = fallback && (await resolveInView(query, place, fallback, [], world))
  return older
    ? write(query, replyFrom(older, fallback, edge), fallback, edge)
    : write(query, unavailable(cluster.id, true), view, edge)
}

/**
 * The answer to a whole reverse name outside all ranges, if the cluster with `reversePublic` has the address and the
 * caller may see its owner. Undefined if not, or while the cluster has no snapshot: the name is then outside. SERVFAIL
 * while the address's shard cannot be read, because a resolver would cache a wrong answer from upstream.
 */
async function answerPublicAddress(asked: Asked): Promise<DnsAnswer | undefined> {
  const { query, caller, edge, tasks } = asked
  const place = locatePublic(query.name, query.question.asked, caller.zones)
  const view = place && (await edge.reader.view(place.cluster, tasks))
  if (!view || needsOf(place, view.root).every(({ hash }) => hash === null)) return undefined
  const visible = await visibleTo(caller, view, edge, tasks)
  if (visible === 'refused') return undefined
  if (visible === 'missing') return write(query, unavailable(place.cluster.id, true), undefined, edge)
  const needs: Need[] = []
  const world = { ...asked, zones: caller.zones, visible }
  const resolution = await resolveInView(query, place, view, needs, world)
  if (!resolution) return write(query, unavailable(place.cluster.id, true), view, edge)
  if (resolution.outcome === 'nothing') return undefined
  return answerFrom(resolution, { view, needs }, asked)
}

function answerFrom(
  resolution: Resolution,
  source: { readonly view: View; readonly needs: readonly Need[] },
  { query, bytes, caller, edge }: Asked,
): DnsAnswer {
  const { view, needs } = source
  edge.reader.used(view, needs)
  const reply = replyFrom(resolution, view, edge)
  const answer = write(query, reply, view, edge)
  if (resolution.lasting) cacheAnswer(bytes, caller, { message: answer.message, reply }, source, edge)
  return answer
}

function replyFrom(resolution: Resolution, view: View, { clock }: Edge): EdgeReply {
  const nowMs = clock.now()
  return replyTo(resolution, view, freshnessOf(view.root, nowMs), nowMs)
}

function write(head: Head, reply: EdgeReply, view: View | undefined, edge: Edge): DnsAnswer {
  // Upstream's order of records may be intentional, so only authoritative addresses are shuffled.
  const answers = reply.authoritative ? shuffleAddresses(reply.answers, edge.random) : reply.answers
  return {
    message: writeReply(head, { ...reply, answers }),
    maxAge: maxAgeOf(reply),
    root: view?.root,
    nowMs: edge.clock.now(),
  }
}
