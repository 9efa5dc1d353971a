import { holdsAnswers } from '../dns/write-reply.ts'
import { freshnessOf } from './answer/freshness.ts'
import type { Need } from './answer/needs.ts'
import { repeatPacket } from './answer-cache.ts'
import type { Edge } from './edge.ts'
import type { DnsAnswer } from './http/dns-response.ts'
import type { Tasks } from './ports.ts'
import type { View } from './reader/view.ts'
import { type EdgeReply, maxAgeOf } from './reply.ts'

/** How often a repeated answer reports to the reader that its shards are in use, in ms: they stay hot for minutes. */
const reportEveryMs = 1_000

/**
 * The answer to a query whose bytes were answered before, while the view of that answer is still in force and fresh:
 * the whole walk in one step. Undefined otherwise.
 */
export function repeatAnswer(query: Uint8Array, edge: Edge, tasks: Tasks): DnsAnswer | undefined {
  const packet = edge.packets.find(query)
  if (!packet) return undefined
  const view = edge.reader.view(packet.cluster, tasks)
  if (!view || !('mark' in view) || view.mark !== packet.mark) return undefined
  const nowMs = edge.clock.now()
  if (freshnessOf(view.root, nowMs) !== 'fresh') return undefined
  if (nowMs - packet.toldAtMs >= reportEveryMs) {
    packet.toldAtMs = nowMs
    edge.reader.used(view, packet.needs)
  }
  return { message: repeatPacket(packet, query, edge.random), maxAge: packet.maxAge, root: view.root, nowMs }
}

/** Keeps an answer for queries of the same bytes, if it comes whole from a fresh view and caches may keep it. */
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
  edge.packets.keep(query, { message, maxAge, cluster, mark, needs, toldAtMs: nowMs })
}
