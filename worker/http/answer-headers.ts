import type { SignedRoot } from '../../snapshot/schema.ts'
import { ageSeconds, stateOf } from '../answer/freshness.ts'
import { dnsMessage } from './media-types.ts'
import type { DohResponse } from './request.ts'
import { snapshotHeader, writeSnapshotHeader } from './snapshot-header.ts'

type Headers = DohResponse['headers']

/** What the headers of a response depend on, apart from the answer. */
export type Audience = {
  /** The headers from corsHeaders in cors.ts. */
  readonly cors: Readonly<Record<string, string>>
  /** Whether shared caches must not store the answer, because the request had a token (RFC 9111 §5.2.2.7). */
  readonly isPrivate: boolean
  /** Whether a caller with a token may see another cluster's names in the same zone. */
  readonly hasOtherClusters: boolean
}

/** Headers that were made, with everything that they were made from but the root, its age and state. */
type Made = Audience & {
  readonly form: string
  readonly maxAge: number | undefined
  readonly headers: Headers
}

/** The headers that were made from each root at its present age. */
const kept = new WeakMap<
  SignedRoot,
  { readonly age: number; readonly state: string; readonly made: Made[] }
>()

/** At most this many headers of one root are kept; a few suffice unless TTLs of upstream are in them. */
const maxMade = 16

/**
 * The headers of a DNS answer in a media type, as an object that must not be changed: for a second, answers from one root
 * share it, so that a runtime can convert it once (web.ts). `maxAge` is in seconds, undefined if HTTP caches must not store
 * the answer; `root` is undefined if the answer is from no snapshot; `nowMs` is Unix ms.
 */
export function answerHeaders(
  form: string,
  maxAge: number | undefined,
  root: SignedRoot | undefined,
  nowMs: number,
  audience: Audience,
): Headers {
  if (!root) return makeHeaders(form, maxAge, undefined, nowMs, audience)
  const made = madeFrom(root, nowMs)
  const { cors, isPrivate, hasOtherClusters } = audience
  for (const each of made) {
    const isSame = each.maxAge === maxAge && each.form === form && each.cors === cors
    if (isSame && each.isPrivate === isPrivate && each.hasOtherClusters === hasOtherClusters)
      return each.headers
  }
  const headers = Object.freeze(makeHeaders(form, maxAge, root, nowMs, audience))
  if (made.length < maxMade) made.push({ form, maxAge, cors, isPrivate, hasOtherClusters, headers })
  return headers
}

function madeFrom(root: SignedRoot, nowMs: number): Made[] {
  const age = ageSeconds(root, nowMs)
  const state = stateOf(root, nowMs)
  const last = kept.get(root)
  if (last?.age === age && last.state === state) return last.made
  const made: Made[] = []
  kept.set(root, { age, state, made })
  return made
}

function makeHeaders(
  form: string,
  maxAge: number | undefined,
  root: SignedRoot | undefined,
  nowMs: number,
  audience: Audience,
): Headers {
  const headers: Record<string, string> = {
    'content-type': form,
    'cache-control': cacheControl(maxAge, audience.isPrivate),
    ...audience.cors,
  }
  if (root) headers[snapshotHeader] = writeSnapshotHeader(root, nowMs)
  const vary = varyOf(root, form, audience)
  if (vary !== '') headers.vary = vary
  return headers
}

/**
 * The request headers that the answer depends on (RFC 9110 §12.5.5). Where a token may lead to another answer, one of them is
 * Authorization: a cache must not give the answer for callers without a token to one with a bearer token at the same URL,
 * nor the reverse.
 */
function varyOf(root: SignedRoot | undefined, form: string, audience: Audience): string {
  const { cors, isPrivate, hasOtherClusters } = audience
  const names = form === dnsMessage ? [] : ['accept']
  if (cors.vary !== undefined) names.push(cors.vary)
  if (isPrivate || root?.policy || hasOtherClusters) names.push('authorization')
  return names.join(', ')
}

function cacheControl(maxAge: number | undefined, isPrivate: boolean): string {
  if (maxAge === undefined) return 'no-store'
  return isPrivate ? `private, max-age=${maxAge}` : `max-age=${maxAge}`
}
