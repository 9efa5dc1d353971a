import { CLASS, EDE, type ExtendedError, RCODE, type Rcode, TYPE } from '../../dns/code.ts'
import type { Query } from '../../dns/message/read-query.ts'
import type { Reply } from '../../dns/message/write-reply.ts'
import type { Name } from '../../dns/name.ts'
import type { Rrset } from '../../dns/record.ts'
import { type Certainty, type Currency, judge } from '../answer/freshness.ts'
import { settingOf, soaOf } from '../answer/records.ts'
import type { View } from '../reader/view.ts'
import type { Resolution } from './resolve.ts'

const noRecords = { answers: [], authority: [], additional: [] }

/** A reply, with the one caching rule that does not follow from its TTLs. */
export type EdgeReply = Reply & {
  /** True for a negative answer without SOA, which must not be cached (RFC 2308 §5). */
  readonly isUncacheable?: boolean | undefined
}

/** A reply without records: an rcode and, optionally, an extended error. */
export function bareReply(rcode: Rcode, error?: ExtendedError): Reply {
  return { rcode, authoritative: false, ...noRecords, error }
}

/**
 * REFUSED for questions that are never looked up: zone transfers (a DoH exchange is one message, RFC 8484 §4.2) and
 * classes other than IN and ANY. Undefined for all other questions.
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

/**
 * SERVFAIL for a cluster that has no snapshot yet ('absent'), whose snapshot has expired, without its dates, or whose needed
 * blobs cannot be read now ('incomplete').
 */
export function unavailable(cluster: string, problem: 'absent' | 'expired' | 'incomplete'): Reply {
  const errors = {
    absent: { code: EDE.NOT_READY, text: `cluster ${cluster} has no snapshot here yet; check its agent` },
    expired: { code: EDE.NOT_READY, text: `the snapshot of cluster ${cluster} has expired; check its agent` },
    incomplete: {
      code: EDE.NO_REACHABLE_AUTHORITY,
      text: `a part of cluster ${cluster}'s snapshot cannot be read now; ask again`,
    },
  }
  return bareReply(RCODE.SERVFAIL, errors[problem])
}

/** REFUSED for a name outside the zones that is not forwarded. */
export const notOurs: Reply = bareReply(RCODE.REFUSED, {
  code: EDE.NOT_AUTHORITATIVE,
  text: 'the name is in none of the zones served here; ask another resolver',
})

/**
 * A resolution → its reply, after the age rule (freshness.ts). `nowMs` is Unix ms. A negative answer carries the SOA of
 * the last name's zone (RFC 2308 §3). After aliases, it keeps the aliases and has the last name's rcode (RFC 6604 §2).
 * A chain that cannot be completed is SERVFAIL with AA=1, as in CoreDNS: the alias itself is authoritative.
 */
export function replyTo(resolution: Resolution, view: View, freshness: Currency, nowMs: number): EdgeReply {
  const { outcome, answers, additional, zone } = resolution
  const verdict = judge(freshness, certaintyOf(resolution), view.root, nowMs)
  if (verdict.withheld) return bareReply(RCODE.SERVFAIL, verdict.error)
  if (outcome === 'failed') return { ...bareReply(RCODE.SERVFAIL, resolution.error), authoritative: true }
  const { upstream } = resolution
  const isNegative = outcome === 'nodata' || outcome === 'nothing'
  return {
    rcode: upstream?.rcode ?? (outcome === 'nothing' ? RCODE.NXDOMAIN : RCODE.NOERROR),
    authoritative: true,
    answers,
    authority: upstream?.authority ?? (isNegative ? [zoneSoa(zone, view)] : []),
    additional,
    error: verdict.error,
    isUncacheable: upstream?.isUncacheable,
  }
}

function zoneSoa(zone: Name, { root, cluster }: View): Rrset {
  return soaOf(settingOf(zone, zone, root, cluster))
}

function certaintyOf({ outcome, certain, answers }: Resolution): Certainty {
  const isAlias = answers.some(({ type }) => type === 'CNAME')
  if (certain && !isAlias) return 'certain'
  return outcome === 'nothing' ? 'missing' : 'exists'
}

/**
 * How long HTTP caches may store a reply, in seconds: the smallest TTL of its answer and authority sections, and the
 * MINIMUM field of an SOA (RFC 8484 §5.1, RFC 2308 §5). Undefined when they must not store it.
 */
export function maxAgeOf(reply: EdgeReply): number | undefined {
  if (reply.isUncacheable) return undefined
  const ttls = reply.answers.map(({ ttl }) => ttl)
  for (const rrset of reply.authority) {
    ttls.push(rrset.ttl)
    if (rrset.type === 'SOA') ttls.push(...rrset.rdata.map(({ minimum }) => minimum))
  }
  return ttls.length > 0 ? Math.min(...ttls) : undefined
}
