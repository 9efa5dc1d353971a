import { CLASS, RCODE, TYPE } from '../dns/code.ts'
import { type Reply, writeReply } from '../dns/message.ts'
import { type Head, isRefusal, type Query, readQuery } from '../dns/question.ts'
import { admit } from './access.ts'
import { dnsMessage, notFound, plain, readDoh, readDohPath } from './doh.ts'
import type { Edge } from './edge.ts'
import { follow } from './follow.ts'
import { ageSeconds, freshnessOf } from './freshness.ts'
import type { Need } from './needs.ts'
import type { Tasks } from './ports.ts'
import { privateReply } from './private-zone.ts'
import { standIn } from './reader.ts'
import { bareReply, maxAgeOf, notOurs, replyTo, unavailable } from './reply.ts'
import type { DohRequest, DohResponse } from './request.ts'
import { shuffleAddresses } from './shuffle.ts'
import type { View } from './view.ts'
import { type ClusterPlace, locate } from './zone.ts'

/**
 * How long one query may go on looking things up, in ms: a cold chain of aliases reads the store at every link,
 * and no client waits longer.
 */
const budgetMs = 5_000

/**
 * The corridor of a query. It knows the order of the rooms and nothing of DNS.
 *
 *     request ─▶ access ─▶ doh ─▶ question ─▶ zone ─▶ snapshot ─▶ records ─▶ message ─▶ response
 *               who asks  bytes   one query   where   one view   follow.ts    reply.ts
 *
 * Resolves to the response, 200 for everything that is a DNS answer. Where root and shards are in memory, none
 * of its awaits but that of a body leaves the current tick. Rejects never for anything that a client sends.
 */
export async function exchange(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const path = readDohPath(request.path)
  if (!path) return notFound
  const caller = admit(path.token, request.header('authorization'), edge.config)
  if ('status' in caller) return caller
  const bytes = await readDoh(request)
  if (!(bytes instanceof Uint8Array)) return bytes
  const query = readQuery(bytes)
  if (isRefusal(query)) {
    if (query.kind === 'unreadable') return plain(400, query.reason)
    return respond(query.head, bareReply(query.rcode, { code: 0, text: query.reason }), undefined, edge)
  }
  return answer(query, edge, tasks)
}

async function answer(query: Query, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const refusal = refusalOf(query)
  if (refusal) return respond(query, refusal, undefined, edge)
  const place = locate(query.name, query.question.asked, edge.zones)
  if (place.kind === 'outside') return respond(query, notOurs, undefined, edge)
  if (place.kind === 'private')
    return respond(query, privateReply(place, query.question.type), undefined, edge)
  const { cluster } = place
  const endMs = edge.clock.now() + budgetMs
  const view = await edge.reader.view(cluster, tasks)
  if (!view) return respond(query, unavailable(cluster.id, false), undefined, edge)
  const needs: Need[] = []
  const reply = await resolve(query, place, view, needs, { edge, tasks, endMs })
  if (reply) {
    edge.reader.used(view, needs)
    return respond(query, reply, view, edge)
  }
  const before = standIn(view, needs)
  const older = before && (await resolve(query, place, before, [], { edge, tasks, endMs }))
  return respond(query, older ?? unavailable(cluster.id, true), older ? before : view, edge)
}

/** The reply out of one view, or undefined when a part of that view cannot be had now. */
async function resolve(
  query: Query,
  place: ClusterPlace,
  view: View,
  needs: Need[],
  { edge, tasks, endMs }: { readonly edge: Edge; readonly tasks: Tasks; readonly endMs: number },
): Promise<Reply | undefined> {
  const nowMs = edge.clock.now()
  const open = (wanted: readonly Need[]): ReturnType<Edge['reader']['open']> =>
    edge.clock.now() > endMs ? 'missing' : edge.reader.open(view, wanted, tasks)
  const resolution = await follow(query.question, place, view, open, nowMs, needs)
  return resolution === 'missing'
    ? undefined
    : replyTo(resolution, view, freshnessOf(view.root, nowMs), nowMs)
}

/** Questions that are never looked up: transfers (one exchange is one message, RFC 8484 §4.2) and classes but IN. */
function refusalOf({ question }: Query): Reply | undefined {
  if (question.type === TYPE.AXFR || question.type === TYPE.IXFR) return bareReply(RCODE.REFUSED)
  if (question.class !== CLASS.IN && question.class !== CLASS.ANY) return bareReply(RCODE.REFUSED)
  return undefined
}

function respond(head: Head, reply: Reply, view: View | undefined, edge: Edge): DohResponse {
  const shuffled = { ...reply, answers: shuffleAddresses(reply.answers, edge.random) }
  const maxAge = maxAgeOf(reply)
  const headers: Record<string, string> = {
    'content-type': dnsMessage,
    'cache-control': maxAge === undefined ? 'no-store' : `max-age=${maxAge}`,
  }
  if (view) headers['kubedoh-snapshot'] = describe(view, edge.clock.now())
  return { status: 200, headers, body: writeReply(head, shuffled) }
}

/** The snapshot behind an answer, as a structured header (RFC 9651 dictionary); age in seconds. */
function describe({ root }: View, nowMs: number): string {
  const age = ageSeconds(root, nowMs)
  return `cluster="${root.cluster}", generation=${root.generation}, as-of=${Math.floor(root.asOfMs / 1000)}, age=${age}`
}
