import { TYPE } from '../dns/code.ts'
import type { Message, ReadRecord } from '../dns/message/read-message.ts'
import { u32 } from '../dns/uint.ts'

/**
 * How long an answer may be kept, in seconds: the smallest TTL of its records; for a negative answer, the smaller one
 * of the SOA's TTL and its MINIMUM (RFC 2308 §5). undefined for an answer without either, such as SERVFAIL.
 */
export function answerTtl({ bytes, answers, authority }: Message): number | undefined {
  const ttls =
    answers.length > 0
      ? answers.map(ttlOf)
      : authority
          .filter(({ type, start, end }) => type === TYPE.SOA && end - start >= 20)
          .map((soa) => Math.min(ttlOf(soa), u32(bytes, soa.end - 4)))
  return ttls.length === 0 ? undefined : ttls.reduce((least, ttl) => Math.min(least, ttl))
}

/** RFC 2181 §8: a TTL with its highest bit set is 0. */
function ttlOf({ ttl }: ReadRecord): number {
  return ttl > 0x7fffffff ? 0 : ttl
}
