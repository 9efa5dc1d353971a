import { isRefused, type Refused } from './access/refused.ts'
import type { DnsAnswer } from './http/dns-response.ts'
import { answerQuery } from './query/answer-query.ts'
import { repeatAnswer } from './query/repeat-answer.ts'
import type { Visit } from './query/visit.ts'
import { type Arrival, reportAnswer } from './report/report-answer.ts'

/**
 * A DNS message of an admitted caller → its answer, which is also reported, or the reason of its refusal. All transports
 * share this step. Without a promise if the answer is in the cache.
 */
export function answerMessage(
  bytes: Uint8Array,
  visit: Visit,
  arrival: Arrival,
): DnsAnswer | Promise<DnsAnswer | Refused> {
  const repeated = repeatAnswer(bytes, visit)
  if (!repeated) return answerNew(bytes, visit, arrival)
  reportAnswer(bytes, repeated, arrival, visit)
  return repeated
}

async function answerNew(bytes: Uint8Array, visit: Visit, arrival: Arrival): Promise<DnsAnswer | Refused> {
  const answer = await answerQuery(bytes, visit)
  if (!isRefused(answer)) reportAnswer(bytes, answer, arrival, visit)
  return answer
}
