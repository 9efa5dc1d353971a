/** What DNS may know of one object. Addresses and numbers never come twice in a story, so an answer tells its version. */
export type State =
  | { readonly kind: 'namespace' }
  /** A Service with an address of its own. */
  | { readonly kind: 'address'; readonly ip: string; readonly port: number }
  /** A Service of type ExternalName. */
  | { readonly kind: 'alias'; readonly target: string }
  | { readonly kind: 'headless' }
  /** A slice by hand: its endpoints share a port, and are always replaced together. */
  | {
      readonly kind: 'slice'
      readonly endpoints: readonly { readonly hostname: string; readonly ip: string }[]
      readonly port: number
    }

/** A state that an object had, `undefined`: it was not there. From the write that began it to the one that ended it, Unix ms. */
export type Version = {
  readonly state: State | undefined
  /** When the write was sent: somebody may know of it from then on. */
  readonly fromMs: number
  /** When the write of the next version was acknowledged: until then this one may be the truth. */
  readonly toMs: number
}

/** A write that was sent and whose outcome is not known yet. */
export type Ticket = { readonly key: string; readonly version: Version }

/** Every object's past. Pure but for what it remembers. */
export type ObjectHistory = {
  /** A write is about to be sent. One object has one write under way at most. */
  begin(key: string, state: State | undefined, nowMs: number): Ticket
  /** It was acknowledged. */
  applied(ticket: Ticket, nowMs: number): void
  /** The API refused it: it never was true. */
  refused(ticket: Ticket): void
  /** The versions that may have been true at some moment from `fromMs` to `toMs`, in order, with their places in the object's past. */
  between(key: string, fromMs: number, toMs: number): readonly (Version & { readonly at: number })[]
  /** What the last acknowledged write made of it. */
  now(key: string): State | undefined
  isUnderWay(key: string): boolean
}

type Past = { versions: Version[]; open: boolean }

/** An empty history: no object is there, nor ever was. */
export function createHistory(): ObjectHistory {
  const pasts = new Map<string, Past>()
  const pastOf = (key: string): Past => {
    const known = pasts.get(key)
    if (known) return known
    const never = { state: undefined, fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }
    const past: Past = { versions: [never], open: false }
    pasts.set(key, past)
    return past
  }
  return {
    begin(key, state, nowMs) {
      const past = pastOf(key)
      if (past.open) throw new Error(`${key}: two writes at once`)
      const version: Version = { state, fromMs: nowMs, toMs: Number.POSITIVE_INFINITY }
      past.versions.push(version)
      past.open = true
      return { key, version }
    },
    applied({ key, version }, nowMs) {
      const past = pastOf(key)
      const at = past.versions.indexOf(version)
      past.versions = past.versions.map((each, index) => (index === at - 1 ? { ...each, toMs: nowMs } : each))
      past.open = false
    },
    refused({ key, version }) {
      const past = pastOf(key)
      past.versions = past.versions.filter((each) => each !== version)
      past.open = false
    },
    between: (key, fromMs, toMs) =>
      pastOf(key).versions.flatMap((version, at) =>
        version.toMs >= fromMs && version.fromMs <= toMs ? [{ ...version, at }] : [],
      ),
    now: (key) => {
      const { versions, open } = pastOf(key)
      return versions.at(open ? -2 : -1)?.state
    },
    isUnderWay: (key) => pastOf(key).open,
  }
}
