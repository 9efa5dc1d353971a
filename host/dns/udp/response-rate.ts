import { createRateTable } from '../../../worker/limit/rate-table.ts'

/**
 * What may be sent to a network whose addresses may be forged: the answer; an answer without records and with TC, no
 * larger than the query, after which a real client asks over TCP; or nothing.
 */
export type Verdict = 'answer' | 'truncate' | 'drop'

/** Limits answers by network. */
export type ResponseRate = {
  /** Counts one answer to a network and says what may be sent. */
  judge(network: string, nowMs: number): Verdict
}

/** Networks that are stored for each of the two counters. A full table takes about 2 MB. */
const maxNetworks = 16_384

/**
 * Response rate limiting: `perSecond` answers to each network, with a burst of one second; then as many truncated ones;
 * then nothing. With 0 every answer is sent. The tables are bounded: with more networks, some start with a whole burst.
 */
export function createResponseRate(perSecond: number): ResponseRate {
  if (perSecond === 0) return { judge: () => 'answer' }
  const rate = { perSecond, burst: perSecond }
  const answers = createRateTable(rate, maxNetworks)
  const truncations = createRateTable(rate, maxNetworks)
  return {
    judge(network, nowMs) {
      if (answers.take(network, nowMs) === 0) return 'answer'
      return truncations.take(network, nowMs) === 0 ? 'truncate' : 'drop'
    },
  }
}
