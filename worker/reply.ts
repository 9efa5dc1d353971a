import { CLASS, EDE, type ExtendedError, RCODE, type Rcode, TYPE } from '../dns/code.ts'
import type { Query } from '../dns/read-query.ts'
import type { Reply } from '../dns/write-reply.ts'
import { type Certainty, type Freshness, judge } from './answer/freshness.ts'
import { soaOf } from './answer/records.ts'
import type { View } from './reader/view.ts'
import type { Resolution } from './resolve.ts'

const nobody = { answers: [], authority: [], additional: [] }

/** A reply, and what caches cannot tell from its TTLs. */
export type EdgeReply = Reply & {
  /** True of a negative answer without SOA: nobody may keep it (RFC 2308 §5). */
  readonly isFleeting?: boolean | undefined
}

/** A reply without records: an rcode and why. */
export function bareReply(rcode: Rcode, error?: ExtendedError): Reply {
  return { rcode, authoritative: false, ...nobody, error }
}

/**
 * The reply to questions that are never looked up: zone transfers (one exchange is one message, RFC 8484 §4.2) and
 * classes other than IN. Undefined for all others.
 */
export function refusalOf(question: Query['question']): Reply | undefined {
  if (question.type === TYPE.AXFR || question.type === TYPE.IXFR)
    return prohibited('zone transfers are not available; ask for single names')
  if (question.class !== CLASS.IN && question.class !== CLASS.ANY)
    return prohibited('only class IN is answered here')
  return undefined
}

function prohibited(text: string): Reply {
  return bareReply(RCODE.REFUSED, { code: EDE.PROHIBITED, text })
}

/** The reply where no snapshot, or not the part of it that was asked for, can be had. */
export function unavailable(cluster: string, hasSnapshot: boolean): Reply {
  const error = hasSnapshot
    ? {
        code: EDE.NO_REACHABLE_AUTHORITY,
        text: `a part of cluster ${cluster}'s snapshot cannot be read now; ask again`,
      }
    : { code: EDE.NOT_READY, text: `cluster ${cluster} has no snapshot here yet; check its agent` }
  return bareReply(RCODE.SERVFAIL, error)
}

/** A name outside the zones, where nothing is forwarded. */
export const notOurs: Reply = bareReply(RCODE.REFUSED, {
  code: EDE.NOT_AUTHORITATIVE,
  text: 'the name is in none of the zones served here; ask another resolver',
})

/**
 * A resolution → its reply, after the age rule (freshness.ts). Negative answers carry the SOA of the zone
 * that the last name is in (RFC 2308 §3); behind aliases they keep the aliases and the last name's rcode
 * (RFC 6604 §2). An alias that leads nowhere is SERVFAIL with AA=1, as CoreDNS has it: the alias is ours.
 */
export function replyTo(resolution: Resolution, view: View, freshness: Freshness, nowMs: number): EdgeReply {
  const { outcome, answers, additional, zone } = resolution
  const verdict = judge(freshness, certaintyOf(resolution), view.root, nowMs)
  if (verdict.withheld) return bareReply(RCODE.SERVFAIL, verdict.error)
  if (outcome === 'failed') return { ...bareReply(RCODE.SERVFAIL, resolution.error), authoritative: true }
  const { abroad } = resolution
  const isNegative = outcome === 'nodata' || outcome === 'nothing'
  return {
    rcode: abroad?.rcode ?? (outcome === 'nothing' ? RCODE.NXDOMAIN : RCODE.NOERROR),
    authoritative: true,
    answers,
    authority: abroad?.authority ?? (isNegative ? [soaOf(zone, view.root.ttl, view.root.serial)] : []),
    additional,
    error: verdict.error,
    isFleeting: abroad?.isFleeting,
  }
}

function certaintyOf({ outcome, certain, answers }: Resolution): Certainty {
  const isAlias = answers.some(({ type }) => type === 'CNAME')
  if (certain && !isAlias) return 'certain'
  return outcome === 'nothing' ? 'missing' : 'exists'
}

/**
 * For how many seconds HTTP caches may keep a reply: the smallest TTL of what it answers, aliases and the SOA
 * of a negative answer included (RFC 8484 §5.1, RFC 2308 §5); undefined when they may not keep it at all.
 */
export function maxAgeOf(reply: EdgeReply): number | undefined {
  if (reply.isFleeting) return undefined
  const ttls = reply.answers.map(({ ttl }) => ttl)
  for (const rrset of reply.authority) {
    ttls.push(rrset.ttl)
    if (rrset.type === 'SOA') ttls.push(...rrset.rdata.map(({ minimum }) => minimum))
  }
  return ttls.length > 0 ? Math.min(...ttls) : undefined
}
