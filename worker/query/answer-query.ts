import { isRefusal, readQuery } from '../../dns/message/read-query.ts'
import { needsToken } from '../access/refusals.ts'
import { emptyZoneReply } from '../answer/empty-zone.ts'
import { locate } from '../answer/zone.ts'
import type { DnsAnswer } from '../http/dns-response.ts'
import { plain } from '../http/plain-response.ts'
import type { DohResponse } from '../http/request.ts'
import { answerInCluster, answerPublicAddress } from './answer-in-cluster.ts'
import { outsideReply } from './out-of-zone.ts'
import { bareReply, refusalOf } from './reply.ts'
import { isStranger, type Visit } from './visit.ts'
import { writeAnswer } from './write-answer.ts'

/**
 * The time limit of one query (ms). A cold alias chain reads the store once per alias, and clients give up after about
 * this time.
 */
const budgetMs = 5_000

/** The bytes of a query → the answer, or the response that refuses it. */
export async function answerQuery(bytes: Uint8Array, visit: Visit): Promise<DnsAnswer | DohResponse> {
  const { caller, edge, tasks } = visit
  const query = readQuery(bytes)
  if (isRefusal(query)) {
    if (isStranger(visit)) return needsToken
    if (query.kind === 'unreadable') return plain(400, query.reason)
    return writeAnswer(query.head, bareReply(query.rcode, { code: 0, text: query.reason }), undefined, edge)
  }
  const place = locate(query.name, query.question.asked, caller.zones)
  const asked = { ...visit, query, bytes, endMs: edge.clock.now() + budgetMs }
  if (place.kind !== 'outside' && place.kind !== 'private') return answerInCluster(place, asked)
  const refusal = refusalOf(query.question)
  const found = place.kind === 'outside' && !refusal ? await answerPublicAddress(asked) : undefined
  if (found) return found
  if (isStranger(visit) && !caller.mayForward) return needsToken
  if (refusal) return writeAnswer(query, refusal, undefined, edge)
  if (place.kind === 'private')
    return writeAnswer(query, emptyZoneReply(place, query.question.type), undefined, edge)
  return writeAnswer(query, await outsideReply(query, caller, edge, asked.endMs, tasks), undefined, edge)
}
