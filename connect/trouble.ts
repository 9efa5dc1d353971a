import type { Log } from '../worker/ports.ts'

/** What fails: queries, or reading the zones. */
export type TroubleKind = 'queries' | 'zones'

/** The failures of the edge, for the log and the status. */
export type Trouble = {
  /** Notes a failure. The first one with its code is logged, until there is a success. */
  failed(kind: TroubleKind, error: unknown): void
  succeeded(kind: TroubleKind): void
  /** The last failure and its time (Unix ms). */
  last(): { readonly text: string; readonly atMs: number } | undefined
}

/** Failures that are logged elsewhere, by the connection. */
const loggedElsewhere = new Set(['EDGE_UNREACHABLE'])

/** Creates a place for failures. `now` is Unix ms. */
export function createTrouble(log: Log, now: () => number): Trouble {
  const told = new Map<TroubleKind, string>()
  let last: { text: string; atMs: number } | undefined
  return {
    failed(kind, error) {
      const text = error instanceof Error ? error.message : String(error)
      const code = error instanceof Error && 'code' in error ? String(error.code) : text
      last = { text, atMs: now() }
      if (told.get(kind) === code || loggedElsewhere.has(code)) return
      told.set(kind, code)
      log.warn(`${kind} fail`, { reason: text })
    },
    succeeded(kind) {
      if (told.delete(kind)) log.info(`${kind} succeed again`)
    },
    last: () => last,
  }
}
