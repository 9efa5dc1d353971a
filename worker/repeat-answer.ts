import { holdsAnswers } from '../dns/message/write-reply.ts'
import { freshnessOf } from './answer/freshness.ts'
import type { Need } from './answer/needs.ts'
import { repeatPacket } from './answer-cache.ts'
import type { Edge } from './edge.ts'
import type { DnsAnswer } from './http/dns-response.ts'
import type { Tasks } from './ports.ts'
import type { View } from './reader/view.ts'
import { type EdgeReply, maxAgeOf } from './reply.ts'

/** Minimum time between two reports that a repeated answer's shards are in use (ms). Shards stay hot for minutes. */
const reportEveryMs = 1_000

/**
 * The cached answer to a query with the same bytes, with the query's ID and reshuffled addresses. Undefined when there
 * is none, when the cluster's view has changed since, or when the snapshot is no longer fresh.
 */
export function repeatAnswer(query: Uint8Array, edge: Edge, tasks: Tasks): DnsAnswer | undefined {
  const packet = edge.packets.find(query)
  if (!packet) return undefined
  const view = edge.reader.view(packet.cluster, tasks)
  if (!view || !('mark' in view) || view.mark !== packet.mark) return undefined
  const nowMs = edge.clock.now()
  if (freshnessOf(view.root, nowMs) !== 'fresh') return undefined
  if (nowMs - packet.reportedAtMs >= reportEveryMs) {
    packet.reportedAtMs = nowMs
    edge.reader.used(view, packet.needs)
  }
  return { message: repeatPacket(packet, query, edge.random), maxAge: packet.maxAge, root: view.root, nowMs }
}

/**
 * Caches an answer for later queries with the same bytes, provided that the view is fresh, the message contains the
 * complete reply, and HTTP caches may store it.
 */
export function keepAnswer(
  query: Uint8Array,
  message: Uint8Array,
  reply: EdgeReply,
  { view, needs }: { readonly view: View; readonly needs: readonly Need[] },
  edge: Edge,
): void {
  const maxAge = maxAgeOf(reply)
  if (maxAge === undefined || !holdsAnswers(message, reply)) return
  const nowMs = edge.clock.now()
  if (freshnessOf(view.root, nowMs) !== 'fresh') return
  const { cluster, mark } = view
  edge.packets.keep(query, { message, maxAge, cluster, mark, needs, reportedAtMs: nowMs })
}
