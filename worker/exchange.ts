import { CLASS, EDE, RCODE, TYPE } from '../dns/code.ts'
import type { Name } from '../dns/name.ts'
import { type Head, isRefusal, type Query, readQuery } from '../dns/read-query.ts'
import { holdsAnswers, type Reply, writeReply } from '../dns/write-reply.ts'
import { emptyZoneReply } from './answer/empty-zone.ts'
import { freshnessOf } from './answer/freshness.ts'
import type { Need } from './answer/needs.ts'
import { shuffleAddresses } from './answer/shuffle.ts'
import { type ClusterPlace, locate } from './answer/zone.ts'
import { repeatPacket } from './answer-cache.ts'
import type { Edge } from './edge.ts'
import { admit } from './http/access.ts'
import { anyOrigin, forCaller, preflight } from './http/cors.ts'
import { dnsMessage, jsonTypeOf, notFound, plain, readDoh, readDohPath } from './http/doh.ts'
import { asJson } from './http/json.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import { snapshotHeader, writeSnapshotHeader } from './http/snapshot-header.ts'
import { mayLeave, outsideReply } from './out-of-zone.ts'
import type { Tasks } from './ports.ts'
import { standIn } from './reader/reader.ts'
import type { View } from './reader/view.ts'
import { bareReply, type EdgeReply, maxAgeOf, replyTo, unavailable } from './reply.ts'
import { follow, type Resolution } from './resolve.ts'
import type { Delivery } from './upstream/forward.ts'

/**
 * How long one query may go on looking things up, in ms: a cold chain of aliases reads the store at every link,
 * and no client waits longer.
 */
const budgetMs = 5_000

/** How often it is told to the reader that an answer's shards are in use, in ms: they stay hot for minutes. */
const tellEveryMs = 1_000

/**
 * The corridor of a query. It knows the order of the rooms and nothing of DNS.
 *
 *     request ─▶ access ─▶ doh ─▶ question ─▶ zone ─▶ snapshot ─▶ records ─▶ message ─▶ response
 *               who asks  bytes   one query   where   one view   follow.ts    reply.ts
 *
 * A query whose bytes were answered before, out of the same view and while it is fresh, leaves behind `doh` with
 * that answer (packets.ts).
 *
 * Resolves to the response, 200 for everything that is a DNS answer. Where root and shards are in memory, none
 * of its awaits but that of a body leaves the current tick. Rejects never for anything that a client sends.
 */
export async function exchange(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const path = readDohPath(request.path)
  if (!path) return notFound
  if (request.method === 'OPTIONS') return preflight
  const authorization = request.header('authorization')
  const caller = admit(path.token, authorization, edge.config)
  const bytes = 'status' in caller ? caller : await readDoh(request)
  const response =
    bytes instanceof Uint8Array
      ? (repeat(bytes, edge, tasks) ?? (await exchangeMessage(bytes, edge, tasks)))
      : bytes
  const json = jsonTypeOf(request)
  const written = json === undefined ? response : asJson(response, json)
  return forCaller(written, path.token !== '' || authorization !== undefined)
}

async function exchangeMessage(bytes: Uint8Array, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const query = readQuery(bytes)
  if (isRefusal(query)) {
    if (query.kind === 'unreadable') return plain(400, query.reason)
    return respond(query.head, bareReply(query.rcode, { code: 0, text: query.reason }), undefined, edge)
  }
  return answer(query, bytes, edge, tasks)
}

/** What the same bytes were answered with before, while the view is the same and fresh: the whole walk in one step. */
function repeat(bytes: Uint8Array, edge: Edge, tasks: Tasks): DohResponse | undefined {
  const packet = edge.packets.find(bytes)
  if (!packet) return undefined
  const view = edge.reader.view(packet.cluster, tasks)
  if (!view || !('mark' in view) || view.mark !== packet.mark) return undefined
  const nowMs = edge.clock.now()
  if (freshnessOf(view.root, nowMs) !== 'fresh') return undefined
  if (nowMs - packet.toldAtMs >= tellEveryMs) {
    packet.toldAtMs = nowMs
    edge.reader.used(view, packet.needs)
  }
  return success(repeatPacket(packet, bytes, edge.random), packet.maxAge, view, nowMs)
}

async function answer(query: Query, bytes: Uint8Array, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const refusal = refusalOf(query)
  if (refusal) return respond(query, refusal, undefined, edge)
  const place = locate(query.name, query.question.asked, edge.zones)
  const endMs = edge.clock.now() + budgetMs
  if (place.kind === 'outside')
    return respond(query, await outsideReply(query, edge, endMs, tasks), undefined, edge)
  if (place.kind === 'private')
    return respond(query, emptyZoneReply(place, query.question.type), undefined, edge)
  const { cluster } = place
  const view = await edge.reader.view(cluster, tasks)
  if (!view) return respond(query, unavailable(cluster.id, false), undefined, edge)
  const needs: Need[] = []
  const resolution = await resolve(query, place, view, needs, { edge, tasks, endMs })
  if (resolution) {
    edge.reader.used(view, needs)
    const reply = replyFrom(resolution, view, edge)
    const response = respond(query, reply, view, edge)
    if (resolution.lasting) remember(bytes, response, reply, { view, needs }, edge)
    return response
  }
  const before = standIn(view, needs)
  const older = before && (await resolve(query, place, before, [], { edge, tasks, endMs }))
  return older
    ? respond(query, replyFrom(older, before, edge), before, edge)
    : respond(query, unavailable(cluster.id, true), view, edge)
}

/** What the question comes to in one view, or undefined when a part of that view cannot be had now. */
async function resolve(
  query: Query,
  place: ClusterPlace,
  view: View,
  needs: Need[],
  { edge, tasks, endMs }: { readonly edge: Edge; readonly tasks: Tasks; readonly endMs: number },
): Promise<Resolution | undefined> {
  const open = (wanted: readonly Need[]): ReturnType<Edge['reader']['open']> =>
    edge.clock.now() > endMs ? 'missing' : edge.reader.open(view, wanted, tasks)
  const { forwarder } = edge
  const isExpired = (): boolean => freshnessOf(view.root, edge.clock.now()) === 'expired'
  const ask = async (name: Name, type: number): Promise<Delivery | undefined> =>
    // An expired snapshot answers nothing, so nobody is asked for it.
    forwarder && !isExpired() && (await mayLeave(name, edge, endMs, tasks))
      ? forwarder.ask({ name, type, dnssecOk: false, checkingDisabled: false }, endMs, tasks)
      : undefined
  const isOurs = (name: Name): boolean => locate(name, name, edge.zones).kind !== 'outside'
  const ports = { open, ask, isOurs }
  const resolution = await follow(query.question, place, view, ports, edge.clock.now(), needs)
  return resolution === 'missing' ? undefined : resolution
}

function replyFrom(resolution: Resolution, view: View, { clock }: Edge): EdgeReply {
  const nowMs = clock.now()
  return replyTo(resolution, view, freshnessOf(view.root, nowMs), nowMs)
}

/** Keeps a whole answer of a fresh view for whoever sends the same bytes. */
function remember(
  query: Uint8Array,
  { body: message }: DohResponse,
  reply: EdgeReply,
  { view, needs }: { readonly view: View; readonly needs: readonly Need[] },
  edge: Edge,
): void {
  const maxAge = maxAgeOf(reply)
  if (maxAge === undefined || typeof message === 'string' || !holdsAnswers(message, reply)) return
  if (freshnessOf(view.root, edge.clock.now()) !== 'fresh') return
  const { cluster, mark } = view
  edge.packets.keep(query, { message, maxAge, cluster, mark, needs, toldAtMs: edge.clock.now() })
}

/** Questions that are never looked up: transfers (one exchange is one message, RFC 8484 §4.2) and classes but IN. */
function refusalOf({ question }: Query): Reply | undefined {
  if (question.type === TYPE.AXFR || question.type === TYPE.IXFR)
    return prohibited('zone transfers are not given; ask for single names')
  if (question.class !== CLASS.IN && question.class !== CLASS.ANY)
    return prohibited('only class IN is answered here')
  return undefined
}

function prohibited(text: string): Reply {
  return bareReply(RCODE.REFUSED, { code: EDE.PROHIBITED, text })
}

function respond(head: Head, reply: EdgeReply, view: View | undefined, edge: Edge): DohResponse {
  // Whoever wrote what is forwarded may have meant its order.
  const answers = reply.authoritative ? shuffleAddresses(reply.answers, edge.random) : reply.answers
  return success(writeReply(head, { ...reply, answers }), maxAgeOf(reply), view, edge.clock.now())
}

/** A DNS message as the body of a response; HTTP caches may keep it for `maxAge` seconds, or not at all. */
function success(
  body: Uint8Array,
  maxAge: number | undefined,
  view: View | undefined,
  nowMs: number,
): DohResponse {
  const headers: Record<string, string> = {
    'content-type': dnsMessage,
    'cache-control': maxAge === undefined ? 'no-store' : `max-age=${maxAge}`,
    ...anyOrigin,
  }
  if (view) headers[snapshotHeader] = writeSnapshotHeader(view.root, nowMs)
  return { status: 200, headers, body }
}
