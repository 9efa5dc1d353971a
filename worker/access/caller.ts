import type { AddressBytes } from '../../dns/address.ts'
import { sha256 } from '../../snapshot/blob.ts'
import type { TokenHash } from '../../snapshot/policy/schema.ts'
import type { Need } from '../answer/needs.ts'
import type { Visible } from '../answer/visible.ts'
import type { Zones } from '../answer/zone.ts'
import type { ClusterConfig } from '../config.ts'
import type { View } from '../reader/view.ts'

/** The sender of a query, with everything that answers depend on. */
export type Caller = {
  /** The zones in which the caller asks. */
  readonly zones: Zones
  /** What a caller with a token sees of each cluster, by ID. Undefined without a token: each cluster's root decides. */
  readonly grants: ReadonlyMap<string, Visible> | undefined
  /** Equal for callers that get equal answers. */
  readonly view: ViewKey
  /** Whether names outside the zones are resolved for the caller. */
  readonly mayForward: boolean
  /** Where a caller without a token asks from. The policies' networks decide by it; undefined over HTTP. */
  readonly source: Source | undefined
  /** The names that the policies give to the caller's tokens, for the audit log. Empty without a token. */
  readonly tokenNames: readonly string[]
  /** When the first of its tokens ends (Unix ms); infinity without one. Answers do not depend on it. */
  readonly untilMs: number
}

/** Where a caller over a transport other than HTTP asks from. */
export type Source = {
  /** 4 or 16 bytes, or none for a text that is not an address. */
  readonly address: AddressBytes
  readonly isLoopback: boolean
  /**
   * The views, by the IDs of their clusters, whose policies decided about the view's key. Answers of views with another policy
   * are not cached, since that may decide something else.
   */
  readonly decided: Map<string, DecidedView>
}

/** The latest view in which a decision holds, and its policy (policyOf). */
export type DecidedView = { readonly mark: View['mark']; readonly policy: string | null }

/** Identifies what a caller sees, for the answer cache. Its size does not depend on the number of namespaces. */
export type ViewKey = { readonly text: string; readonly hash: number }

/**
 * The key of what a token's holder sees: its clusters in order, each with its namespaces. It is a digest of JSON, so that
 * two views never have the same key, whatever text a cluster's policy has as the name of a namespace; and that thousands
 * of callers and answers do not each store a long list.
 */
export async function viewKey(
  grants: Iterable<readonly [cluster: string, visible: Visible]>,
): Promise<ViewKey> {
  const clusters = Array.from(grants, ([cluster, visible]) => [
    cluster,
    visible === 'all' ? visible : [...visible].toSorted(),
  ])
  return keyOf(await sha256(JSON.stringify(clusters)))
}

/**
 * Identifies the callers that share what one caller may use of upstream: holders of tokens with the same names and views,
 * and all callers without a token.
 */
export function shareOf({ view, tokenNames }: Pick<Caller, 'view' | 'tokenNames'>): string {
  return `${view.text} ${tokenNames.join(' ')}`
}

/** The key of callers without a token. What they see depends on the snapshot alone. */
export const anonymousView: ViewKey = keyOf('')

/** A view's key with this text. Its hash is FNV-1a, 32 bits (draft-eastlake-fnv), of the text's UTF-16 code units. */
export function keyOf(text: string): ViewKey {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return { text, hash }
}

/** What one valid token gives. */
export type Grant = {
  readonly cluster: ClusterConfig
  readonly visible: Visible
  readonly mayForward: boolean
}

/** What a valid token gives, and what this depends on. */
export type CheckedToken = {
  /** The name of the token, or of the key that signed it, in the policy. */
  readonly name: string
  readonly hash: TokenHash
  readonly grant: Grant
  /** Valid from the one time on and before the other (Unix ms). */
  readonly fromMs: number
  readonly untilMs: number
  /** The blobs that say so. With other blobs in the same slots the token must be checked again. */
  readonly needs: readonly Need[]
  readonly mark: View['mark']
}
