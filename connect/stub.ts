import { CLASS, EDE, type ExtendedError, RCODE } from '../dns/code.ts'
import { headerBytes, maxQueryBytes } from '../dns/limits.ts'
import { isRefusal, type Query, readQuery } from '../dns/message/read-query.ts'
import type { Name } from '../dns/name.ts'
import type { DnsRequest } from '../host/dns/handler.ts'
import { bareReply } from './bare-reply.ts'
import type { AnswerCache } from './cache/answer-cache.ts'
import { clientAnswer } from './cache/client-answer.ts'
import { isFresh } from './cache/kept-answer.ts'
import { type PlainQuestion, readPlainQuestion } from './cache/plain-question.ts'
import type { EdgeAnswers } from './edge-answers.ts'
import { failureReply } from './failure-reply.ts'
import type { Place } from './place.ts'
import { plainForm } from './query-forms.ts'
import type { StubCounts } from './stub-counts.ts'

/** A message of a client. */
export type StubRequest = Pick<DnsRequest, 'bytes' | 'transport' | 'maxBytes' | 'peer'>

/** An answer, or undefined if nothing is sent. */
export type StubAnswer = Uint8Array | undefined

/** Answers DNS queries of this machine. Without a promise if the answer is in the cache. Never rejects because of a client's message. */
export type Stub = (request: StubRequest) => StubAnswer | Promise<StubAnswer>

/** A query that passed all checks. */
export type Asked = { readonly request: StubRequest; readonly query: Query }

export type StubParts = {
  readonly cache: AnswerCache
  readonly edgeAnswers: EdgeAnswers
  /** The place of a folded name; undefined while the zones are not known. */
  readonly placeOf: (name: Name) => Place | undefined
  /** Answers of the stub itself, such as its status; undefined for every other question. */
  readonly own: (asked: Asked) => StubAnswer
  /** Answers names outside the zones; undefined for a client whose names are refused. Without it all of them are refused. */
  readonly outside?: ((asked: Asked) => Promise<StubAnswer> | undefined) | undefined
  readonly counts: StubCounts
  /** Unix ms. */
  readonly now: () => number
  /** A number in [0, 1). */
  readonly random: () => number
}

/**
 * Creates a stub resolver in front of an edge:
 *
 *     message ─▶ cache ─▶ client's answer
 *                  └─▶ read-query ─▶ place ─┬─▶ edge ─▶ cache ─▶ client's answer
 *                                           └─▶ other resolvers, or REFUSED
 *
 * Replies and messages of under 12 bytes get nothing, since their sender may be a server as well.
 */
export function createStub(parts: StubParts): Stub {
  const { cache, counts, now, random } = parts
  return (request) => {
    const { bytes, maxBytes } = request
    counts.queries++
    const question = readPlainQuestion(bytes)
    const kept = question && cache.get(bytes, question)
    if (!question || !kept) return answerNew(request, question, parts)
    const nowMs = now()
    if (!isFresh(kept, nowMs)) return answerNew(request, question, parts)
    counts.cached++
    return clientAnswer(kept, { query: bytes, question, maxBytes, nowMs, isStale: false, random })
  }
}

function answerNew(
  request: StubRequest,
  question: PlainQuestion | undefined,
  parts: StubParts,
): StubAnswer | Promise<StubAnswer> {
  const { maxBytes } = request
  // Of a message that is too long, the header alone is read: that is malformed.
  const bytes = request.bytes.length > maxQueryBytes ? request.bytes.subarray(0, headerBytes) : request.bytes
  const query = readQuery(bytes)
  if (isRefusal(query))
    return query.kind === 'unreadable' ? undefined : bareReply(query.head, query.rcode, undefined, maxBytes)
  const asked: Asked = { request, query }
  const own = parts.own(asked)
  if (own) return own
  const { class: code } = query.question
  if (code !== CLASS.IN && code !== CLASS.ANY) return bareReply(query, RCODE.REFUSED, otherClass, maxBytes)
  const place = parts.placeOf(query.name)
  if (place === undefined) return bareReply(query, RCODE.SERVFAIL, zonesUnknown, maxBytes)
  if (place !== 'outside') return answerFromEdge(asked, question, parts)
  const forwarded = parts.outside?.(asked)
  if (forwarded) {
    parts.counts.forwarded++
    return forwarded
  }
  parts.counts.refused++
  return bareReply(query, RCODE.REFUSED, outsideZones, maxBytes)
}

async function answerFromEdge(
  { request, query }: Asked,
  given: PlainQuestion | undefined,
  parts: StubParts,
): Promise<StubAnswer> {
  const { maxBytes } = request
  const { counts, edgeAnswers, now, random } = parts
  const plain = given ? request.bytes : plainForm(request.bytes, query)
  const question = given ?? readPlainQuestion(plain)
  if (!question) throw new TypeError('a valid query has no plain form')
  try {
    const { type, class: code } = query.question
    const { kept, isStale } = await edgeAnswers.find(plain, question, `${query.name}${type} ${code}`)
    if (isStale) counts.stale++
    return clientAnswer(kept, { query: plain, question, maxBytes, nowMs: now(), isStale, random })
  } catch (error) {
    counts.failed++
    const { rcode, error: extended } = failureReply(error)
    return bareReply(query, rcode, extended, maxBytes)
  }
}

const outsideZones: ExtendedError = {
  code: EDE.NOT_AUTHORITATIVE,
  text: 'this resolver answers the names of its zones only; ask the usual resolver for others',
}

const otherClass: ExtendedError = { code: EDE.NOT_AUTHORITATIVE, text: 'only class IN has names here' }

const zonesUnknown: ExtendedError = {
  code: EDE.NOT_READY,
  text: 'the edge has not been reached yet, so that its zones are not known',
}
