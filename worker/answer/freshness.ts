import { EDE, type ExtendedError } from '../../dns/code.ts'
import type { SignedRoot } from '../../snapshot/schema.ts'

/** How current a snapshot is, by the age of its data (`asOfMs`), not by the time of its publication. */
export type Freshness = 'fresh' | 'stale' | 'expired'

/** The freshness of a root at a time (Unix ms). A static snapshot is always fresh. */
export function freshnessOf(root: SignedRoot, nowMs: number): Freshness {
  if (root.static) return 'fresh'
  const ageMs = nowMs - root.asOfMs
  if (ageMs > root.expiresAfterMs) return 'expired'
  return ageMs > root.staleAfterMs ? 'stale' : 'fresh'
}

/**
 * How far a snapshot can be relied on. `unconfirmed`: its data is fresh, but for too long nothing has confirmed that it is the
 * newest (`confirmedForMs`).
 */
export type Currency = Freshness | 'unconfirmed'

/**
 * How long a root counts as the newest after it was published, or after the register named it as the newest (ms). The checkpoint
 * of a register that is away is a minute old, and the key-value store shows it everywhere within about another one.
 */
export const confirmedForMs = 180_000

/** The currency of a root at a time; `confirmedAtMs` is when it was last known to be the newest (Unix ms). */
export function currencyOf(root: SignedRoot, confirmedAtMs: number, nowMs: number): Currency {
  const freshness = freshnessOf(root, nowMs)
  const isConfirmed = nowMs - Math.max(root.generation, confirmedAtMs) <= confirmedForMs
  return freshness === 'fresh' && !isConfirmed ? 'unconfirmed' : freshness
}

/** The kinds of outcome that the age rule treats differently. */
export type Certainty =
  /** The name exists, with or without records. */
  | 'exists'
  /** The name is missing in this snapshot, but could exist in a newer one. */
  | 'missing'
  /** True in every snapshot, such as that an impossible name is missing. */
  | 'certain'

/** Whether an outcome is answered, answered with a warning (`error`), or withheld (SERVFAIL with `error`). */
export type Verdict = { readonly withheld: boolean; readonly error: ExtendedError | undefined }

/**
 * The age rule. Stale data is still answered where a name exists, with EDE 3. Where a name is missing, it may exist by
 * now, and resolvers cache a wrong NXDOMAIN for long, so NXDOMAIN is withheld (SERVFAIL with EDE 22). Expired data is
 * withheld with EDE 14. Where nothing confirms that the snapshot is the newest, only NXDOMAIN is withheld. Outcomes that are
 * certain are answered at any age. `nowMs` is Unix ms.
 */
export function judge(freshness: Currency, certainty: Certainty, root: SignedRoot, nowMs: number): Verdict {
  const isRelied = freshness === 'fresh' || (freshness === 'unconfirmed' && certainty === 'exists')
  if (isRelied || certainty === 'certain') return { withheld: false, error: undefined }
  if (freshness === 'unconfirmed') {
    const text = `the newest snapshot of cluster ${root.cluster} cannot be read now: the name may exist by now; ask again`
    return { withheld: true, error: { code: EDE.NO_REACHABLE_AUTHORITY, text } }
  }
  const since = `cluster ${root.cluster} was last seen at ${new Date(root.asOfMs).toISOString()}, ${ageText(root, nowMs)} ago`
  if (freshness === 'expired') {
    return {
      withheld: true,
      error: { code: EDE.NOT_READY, text: `${since}: too long to answer; check its agent` },
    }
  }
  if (certainty === 'exists') return { withheld: false, error: { code: EDE.STALE_ANSWER, text: since } }
  return {
    withheld: true,
    error: { code: EDE.NO_REACHABLE_AUTHORITY, text: `${since}: the name may exist by now; check its agent` },
  }
}

/** The age of a root's data at `nowMs` (Unix ms), in whole seconds and never negative. */
export function ageSeconds(root: SignedRoot, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - root.asOfMs) / 1000))
}

/** The same as text, such as '12s'. */
export function ageText(root: SignedRoot, nowMs: number): string {
  return `${ageSeconds(root, nowMs)}s`
}

/** The state of a root as shown to users: its freshness, or 'static' for a snapshot from a file. */
export function stateOf(root: SignedRoot, nowMs: number): Freshness | 'static' {
  return root.static ? 'static' : freshnessOf(root, nowMs)
}
