/** The DNS data of one object. Addresses and ports are unique in a run, so an answer identifies its version. */
export type State =
  | { readonly kind: 'namespace' }
  /** A Service with a cluster IP. */
  | { readonly kind: 'address'; readonly ip: string; readonly port: number }
  /** A Service of type ExternalName. */
  | { readonly kind: 'alias'; readonly target: string }
  | { readonly kind: 'headless' }
  /** A slice written by the test: its endpoints share a port and are replaced together. */
  | {
      readonly kind: 'slice'
      readonly endpoints: readonly { readonly hostname: string; readonly ip: string }[]
      readonly port: number
    }

/** A state of an object (undefined: it did not exist), from the write that began it to the one that ended it (Unix ms). */
export type Version = {
  readonly state: State | undefined
  /** When its write was sent: it may be visible from then on. */
  readonly fromMs: number
  /** When the write of the next version was acknowledged: it may be visible until then. */
  readonly toMs: number
}

/** A write that was sent and whose result is unknown. */
export type Ticket = { readonly key: string; readonly version: Version }

/** The past states of all objects. */
export type ObjectHistory = {
  /** Records that a write is sent. An object has at most one write in progress. */
  begin(key: string, state: State | undefined, nowMs: number): Ticket
  /** Records that the write was acknowledged. */
  applied(ticket: Ticket, nowMs: number): void
  /** Records that the API refused the write, so its state never existed. */
  refused(ticket: Ticket): void
  /** The versions that may have been visible between `fromMs` and `toMs`, in order, with their index. */
  between(key: string, fromMs: number, toMs: number): readonly (Version & { readonly at: number })[]
  /** The state after the last acknowledged write. */
  now(key: string): State | undefined
  isUnderWay(key: string): boolean
}

type Past = { versions: Version[]; open: boolean }

/** A history in which no object ever existed. */
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
