import { holdsAnswers } from '../../dns/message/write-reply.ts'
import { policyOf } from '../access/source-scope.ts'
import type { Need } from '../answer/needs.ts'
import type { DnsAnswer } from '../http/dns-response.ts'
import type { View } from '../reader/view.ts'
import { repeatMessage } from './answer-cache.ts'
import { renewAnswer } from './renew-answer.ts'
import type { EdgeReply } from './reply.ts'
import type { Visit } from './visit.ts'

/** Minimum time between two reports that a repeated answer's shards are in use (ms). Shards stay hot for minutes. */
const reportEveryMs = 1_000

/**
 * The cached answer to a query with the same bytes and size, from a caller that sees the same, with the query's ID and
 * reshuffled addresses. Undefined when there is none, when the cluster's snapshot has changed in a part that the answer
 * depends on, or when the snapshot is no longer fresh.
 */
export function repeatAnswer(query: Uint8Array, visit: Visit): DnsAnswer | undefined {
  const answer = findAnswer(query, visit)
  visit.edge.meter.searched(answer !== undefined)
  return answer
}

function findAnswer(query: Uint8Array, { caller, edge, tasks, size }: Visit): DnsAnswer | undefined {
  const cached = edge.answerCache.get(query, caller.view, size)
  if (!cached) return undefined
  const nowMs = edge.clock.now()
  const view = edge.reader.view(cached.cluster, tasks, nowMs)
  if (!view || !('mark' in view) || edge.reader.currency(view, nowMs) !== 'fresh') return undefined
  const isOfView = view.mark === cached.mark
  if (!isOfView && !renewAnswer(cached, view)) return undefined
  // The first use in a view is reported at once: from then on the view before it may not answer from these shards.
  if (!isOfView || nowMs - cached.reportedAtMs >= reportEveryMs) {
    cached.reportedAtMs = nowMs
    edge.reader.used(view, cached.needs)
  }
  const { maxAge, rcode, subject } = cached
  const message = repeatMessage(cached, query, edge.random)
  return { message, rcode, subject, maxAge, root: view.root, nowMs }
}

/**
 * Caches an answer for later queries with the same bytes, provided that the view is fresh, the message contains the
 * complete reply, HTTP caches may store it, and this view's policy decided about the key of what the caller sees.
 */
export function cacheAnswer(
  query: Uint8Array,
  { answer, reply }: { readonly answer: DnsAnswer; readonly reply: EdgeReply },
  { view, needs }: { readonly view: View; readonly needs: readonly Need[] },
  { caller, edge, size }: Visit,
): void {
  const { cluster, mark, settings, root } = view
  if (caller.source && caller.source.decided.get(cluster.id)?.policy !== policyOf(view)) return
  const { message, maxAge, rcode, subject } = answer
  if (maxAge === undefined || !holdsAnswers(message, reply)) return
  const nowMs = edge.clock.now()
  if (edge.reader.currency(view, nowMs) !== 'fresh') return
  edge.answerCache.set(query, caller.view, size, {
    ...{ message, rcode, subject, maxAge, cluster, mark, settings, needs },
    policy: caller.grants ? undefined : policyOf(view),
    serial: root.serial,
    reportedAtMs: nowMs,
  })
}
