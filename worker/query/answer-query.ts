import { isRefusal, readQuery } from '../../dns/message/read-query.ts'
import { shareOf } from '../access/caller.ts'
import { type Refused, tokenMissing } from '../access/refused.ts'
import { isStranger, rightsOutside } from '../access/rights.ts'
import { emptyZoneReply } from '../answer/empty-zone.ts'
import { subjectOf, unreadSubject } from '../answer/subject.ts'
import { locate } from '../answer/zone.ts'
import type { DnsAnswer } from '../http/dns-response.ts'
import { answerInCluster, answerPublicAddress } from './answer-in-cluster.ts'
import { outsideReply } from './out-of-zone.ts'
import { bareReply, refusalOf } from './reply.ts'
import type { Visit } from './visit.ts'
import { writeAnswer } from './write-answer.ts'

/**
 * The time limit of one query (ms). A cold alias chain reads the store once per alias, and clients give up after about
 * this time.
 */
const budgetMs = 5_000

/** The bytes of a query → the answer, or the reason of its refusal. */
export async function answerQuery(bytes: Uint8Array, visit: Visit): Promise<DnsAnswer | Refused> {
  const { caller, edge, tasks } = visit
  const query = readQuery(bytes)
  if (isRefusal(query)) {
    if (isStranger(caller, edge)) return tokenMissing
    if (query.kind === 'unreadable') return { refused: 'unreadable', reason: query.reason }
    const reply = bareReply(query.rcode, { code: 0, text: query.reason })
    return writeAnswer({ ...visit, query: query.head, subject: unreadSubject }, reply, undefined)
  }
  const place = locate(query.name, query.question.asked, caller.zones)
  const subject = subjectOf(place, query.question.type)
  const asked = { ...visit, query, subject, bytes, endMs: edge.clock.now() + budgetMs }
  if (place.kind !== 'outside' && place.kind !== 'private') return answerInCluster(place, asked)
  const refusal = refusalOf(query.question)
  const found = place.kind === 'outside' && !refusal ? await answerPublicAddress(asked) : undefined
  if (found) return found
  const rights = await rightsOutside(caller, edge, tasks)
  if (rights.isStranger && !rights.mayForward) return tokenMissing
  if (refusal) return writeAnswer(asked, refusal, undefined)
  if (place.kind === 'private')
    return writeAnswer(asked, emptyZoneReply(place, query.question.type), undefined)
  const { mayForward } = rights
  const hasToken = caller.grants !== undefined
  const asker = { zones: caller.zones, hasToken, mayForward, share: shareOf(caller) }
  return writeAnswer(asked, await outsideReply(query, asker, edge, asked.endMs, tasks), undefined)
}
