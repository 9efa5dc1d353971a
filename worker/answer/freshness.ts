import { EDE, type ExtendedError } from '../../dns/code.ts'
import type { Root } from '../../snapshot/schema.ts'

/** How far a snapshot can be trusted: the age of its data decides, not when it was published. */
export type Freshness = 'fresh' | 'stale' | 'expired'

/** A root and a time (Unix ms) → how far it can be trusted. A static snapshot is always fresh. */
export function freshnessOf(root: Root, nowMs: number): Freshness {
  if (root.static) return 'fresh'
  const ageMs = nowMs - root.asOfMs
  if (ageMs > root.expiresAfterMs) return 'expired'
  return ageMs > root.staleAfterMs ? 'stale' : 'fresh'
}

/** The kinds of outcome that staleness treats differently. */
export type Certainty =
  /** Records, or a name that exists without them. */
  | 'exists'
  /** A name that the snapshot does not have and a newer one could. */
  | 'missing'
  /** What every snapshot would say, such as that an impossible name is missing. */
  | 'certain'

/** What becomes of an outcome: it is given, given with a warning, or withheld (SERVFAIL). */
export type Verdict = { readonly withheld: boolean; readonly error: ExtendedError | undefined }

/**
 * The age rule. Stale data still says where things were, so what exists is answered with EDE 3; but that a
 * name is missing may have become wrong, and a wrong NXDOMAIN is believed for long: it is withheld with EDE 22.
 * Expired data answers nothing (EDE 14), except that impossible names do not exist.
 */
export function judge(freshness: Freshness, certainty: Certainty, root: Root, nowMs: number): Verdict {
  if (freshness === 'fresh' || certainty === 'certain') return { withheld: false, error: undefined }
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

/** The age of a root's data in whole seconds; never negative. */
export function ageSeconds(root: Root, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - root.asOfMs) / 1000))
}

/** The same as text, such as '12s'. */
export function ageText(root: Root, nowMs: number): string {
  return `${ageSeconds(root, nowMs)}s`
}

/** What people are told of a root: its freshness, or that it comes from a file and has none. */
export function stateOf(root: Root, nowMs: number): Freshness | 'static' {
  return root.static ? 'static' : freshnessOf(root, nowMs)
}
