import { type Head, isRefusal, type Query, readQuery } from '../dns/message/read-query.ts'
import { writeReply } from '../dns/message/write-reply.ts'
import { emptyZoneReply } from './answer/empty-zone.ts'
import { freshnessOf } from './answer/freshness.ts'
import { type Need, needsOf } from './answer/needs.ts'
import { shuffleAddresses } from './answer/shuffle.ts'
import { type ClusterPlace, locate, locatePublic } from './answer/zone.ts'
import type { Edge } from './edge.ts'
import { admit } from './http/access.ts'
import { forCaller, preflight } from './http/cors.ts'
import { type DnsAnswer, writeResponse } from './http/dns-response.ts'
import { formOf, readDoh, readDohPath } from './http/doh.ts'
import { notFound, plain } from './http/plain-response.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
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
  if (!path) return notFound
  if (request.method === 'OPTIONS') return preflight
  const form = formOf(request)
  const authorization = request.header('authorization')
  const caller = admit(path.token, authorization, edge.config)
  const bytes = 'status' in caller ? caller : await readDoh(request, form)
  const answer =
    bytes instanceof Uint8Array
      ? (repeatAnswer(bytes, edge, tasks) ?? (await answerBytes(bytes, edge, tasks)))
      : bytes
  return forCaller(writeResponse(answer, form), path.token !== '' || authorization !== undefined)
}

async function answerBytes(bytes: Uint8Array, edge: Edge, tasks: Tasks): Promise<DnsAnswer | DohResponse> {
  const query = readQuery(bytes)
  if (isRefusal(query)) {
    if (query.kind === 'unreadable') return plain(400, query.reason)
    return write(query.head, bareReply(query.rcode, { code: 0, text: query.reason }), undefined, edge)
  }
  const refusal = refusalOf(query.question)
  if (refusal) return write(query, refusal, undefined, edge)
  const place = locate(query.name, query.question.asked, edge.zones)
  const endMs = edge.clock.now() + budgetMs
  switch (place.kind) {
    case 'outside':
      return (
        (await answerPublicAddress(query, bytes, { edge, tasks, endMs })) ??
        write(query, await outsideReply(query, edge, endMs, tasks), undefined, edge)
      )
    case 'private':
      return write(query, emptyZoneReply(place, query.question.type), undefined, edge)
    default:
      return answerInCluster(query, bytes, place, { edge, tasks, endMs })
  }
}

/** The surroundings of one query; its time ends at `endMs` (Unix ms). */
type World = { readonly edge: Edge; readonly tasks: Tasks; readonly endMs: number }

async function answerInCluster(
  query: Query,
  bytes: Uint8Array,
  place: ClusterPlace,
  world: World,
): Promise<DnsAnswer> {
  const { edge, tasks } = world
  const { cluster } = place
  const view = await edge.reader.view(cluster, tasks)
  if (!view) return write(query, unavailable(cluster.id, false), undefined, edge)
  const needs: Need[] = []
  const resolution = await resolveInView(query, place, view, needs, world)
  if (resolution) return answerFrom(resolution, query, bytes, { view, needs }, edge)
  const fallback = fallbackView(view, needs)
  const older = fallback && (await resolveInView(query, place, fallback, [], world))
  return older
    ? write(query, replyFrom(older, fallback, edge), fallback, edge)
    : write(query, unavailable(cluster.id, true), view, edge)
}

/**
 * The answer to a whole reverse name outside all ranges, if the cluster with `reversePublic` has the address. Undefined
 * if the cluster does not have it, or has no snapshot yet: the name is then outside. SERVFAIL while the address's shard
 * cannot be read, because a resolver would cache a wrong answer from upstream.
 */
async function answerPublicAddress(
  query: Query,
  bytes: Uint8Array,
  world: World,
): Promise<DnsAnswer | undefined> {
  const { edge, tasks } = world
  const place = locatePublic(query.name, query.question.asked, edge.zones)
  const view = place && (await edge.reader.view(place.cluster, tasks))
  if (!view || needsOf(place, view.root).every(({ hash }) => hash === null)) return undefined
  const needs: Need[] = []
  const resolution = await resolveInView(query, place, view, needs, world)
  if (!resolution) return write(query, unavailable(place.cluster.id, true), view, edge)
  if (resolution.outcome === 'nothing') return undefined
  return answerFrom(resolution, query, bytes, { view, needs }, edge)
}

function answerFrom(
  resolution: Resolution,
  query: Query,
  bytes: Uint8Array,
  source: { readonly view: View; readonly needs: readonly Need[] },
  edge: Edge,
): DnsAnswer {
  const { view, needs } = source
  edge.reader.used(view, needs)
  const reply = replyFrom(resolution, view, edge)
  const answer = write(query, reply, view, edge)
  if (resolution.lasting) cacheAnswer(bytes, answer.message, reply, source, edge)
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
