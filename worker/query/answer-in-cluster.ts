import { type Refused, tokenMissing } from '../access/refused.ts'
import { visibleTo } from '../access/visible-to.ts'
import { freshnessOf } from '../answer/freshness.ts'
import { type Need, slotsOf } from '../answer/needs.ts'
import { type ClusterPlace, locatePublic } from '../answer/zone.ts'
import type { Edge } from '../edge.ts'
import type { DnsAnswer } from '../http/dns-response.ts'
import { fallbackView } from '../reader/reader.ts'
import type { View } from '../reader/view.ts'
import { cacheAnswer } from './repeat-answer.ts'
import { type EdgeReply, refusalOf, replyTo, unavailable } from './reply.ts'
import type { Resolution } from './resolve.ts'
import { resolveInView } from './resolve-in-view.ts'
import type { Asked } from './visit.ts'
import { writeAnswer } from './write-answer.ts'

/**
 * The answer to a query in a cluster's zone, from the view in force; from the view before it if a blob cannot be read
 * yet. A refusal for callers without a token whom the cluster's policy does not admit, or SERVFAIL once the snapshot has
 * expired.
 */
export async function answerInCluster(place: ClusterPlace, asked: Asked): Promise<DnsAnswer | Refused> {
  const { query, caller, edge, tasks } = asked
  const { cluster } = place
  const view = await edge.reader.view(cluster, tasks)
  if (!view) return writeAnswer(asked, unavailable(cluster.id, 'absent'), undefined)
  const visible = await visibleTo(caller, view, edge, tasks)
  // An expired snapshot decides about nobody: callers that its policy does not admit learn that it has expired.
  if ((visible === 'refused' || visible === 'missing') && isExpired(view, edge))
    return writeAnswer(asked, unavailable(cluster.id, 'expired'), undefined)
  if (visible === 'refused') return tokenMissing
  if (visible === 'missing') return writeAnswer(asked, unavailable(cluster.id, 'incomplete'), undefined)
  const refusal = refusalOf(query.question)
  if (refusal) return writeAnswer(asked, refusal, undefined)
  const world = { ...asked, visible }
  const needs: Need[] = []
  const resolution = await resolveInView(query, place, view, needs, world)
  if (resolution) return answerFrom(resolution, { view, needs }, asked)
  const fallback = fallbackView(view, needs)
  const older = fallback && (await resolveInView(query, place, fallback, [], world))
  return older ? judgedAnswer(older, fallback, asked).answer : incompleteAnswer(view, asked)
}

/**
 * The answer to a whole reverse name outside all ranges, if the cluster with `reversePublic` has the address and the
 * caller may see its owner. Undefined if not, or while the cluster has no snapshot: the name is then outside. SERVFAIL
 * while the address's shard cannot be read, because a resolver would cache a wrong answer from upstream.
 */
export async function answerPublicAddress(asked: Asked): Promise<DnsAnswer | undefined> {
  const { query, caller, edge, tasks } = asked
  const place = locatePublic(query.name, query.question.asked, caller.zones)
  const view = place && (await edge.reader.view(place.cluster, tasks))
  const wanted = view && (await edge.reader.locate(view, slotsOf(place, view.root), tasks))
  if (!wanted || wanted.every(({ hash }) => hash === null)) return undefined
  const visible = await visibleTo(caller, view, edge, tasks)
  if (visible === 'refused') return undefined
  if (visible === 'missing') return writeAnswer(asked, unavailable(place.cluster.id, 'incomplete'), undefined)
  const needs: Need[] = []
  const world = { ...asked, visible }
  const resolution = await resolveInView(query, place, view, needs, world)
  if (!resolution) return incompleteAnswer(view, asked)
  if (resolution.outcome === 'nothing') return undefined
  return answerFrom(resolution, { view, needs }, asked)
}

function answerFrom(
  resolution: Resolution,
  source: { readonly view: View; readonly needs: readonly Need[] },
  asked: Asked,
): DnsAnswer {
  const { bytes, edge } = asked
  const { view, needs } = source
  edge.reader.used(view, needs)
  const judged = judgedAnswer(resolution, view, asked)
  if (resolution.lasting) cacheAnswer(bytes, judged, source, asked)
  return judged.answer
}

function isExpired({ root }: View, { clock }: Edge): boolean {
  return freshnessOf(root, clock.now()) === 'expired'
}

/** The reply to a resolution after the age rule, and its answer. */
function judgedAnswer(
  resolution: Resolution,
  view: View,
  asked: Asked,
): { readonly answer: DnsAnswer; readonly reply: EdgeReply } {
  const nowMs = asked.edge.clock.now()
  const reply = replyTo(resolution, view, asked.edge.reader.currency(view, nowMs), nowMs)
  return { answer: writeAnswer(asked, reply, { view, nowMs }), reply }
}

function incompleteAnswer(view: View, asked: Asked): DnsAnswer {
  const source = { view, nowMs: asked.edge.clock.now() }
  return writeAnswer(asked, unavailable(view.cluster.id, 'incomplete'), source)
}
