import type { StubCounts } from './stub-counts.ts'

/** The state of a stub. It has counts, and no name of a query and no token. */
export type StubStatus = {
  readonly startedMs: number
  /** The edge as HOST:PORT. */
  readonly edge: string
  /** The connection, if there is one: 'HTTP/2', and the address. */
  readonly connection: { readonly protocol: string; readonly address: string } | undefined
  /** Since when there has been no connection (Unix ms). */
  readonly awaySinceMs: number | undefined
  /** The last failure to connect, to read the zones or to get an answer, and its time (Unix ms). */
  readonly lastError: { readonly text: string; readonly atMs: number } | undefined
  readonly zones: readonly string[]
  readonly reverse: readonly string[]
  /** When the first of the URL's tokens ends (RFC 3339); null if none does, or it is not known. */
  readonly expires: string | null
  /** The resolvers of other names; undefined if other names are refused. */
  readonly resolvers: readonly string[] | undefined
  readonly cache: { readonly entries: number; readonly bytes: number }
  readonly counts: StubCounts
}

/** The most zones, ranges and resolvers that a status lists. */
const maxListed = 50

/** The most bytes of an error in a status. */
const maxErrorLength = 200

/** A status → the strings of its TXT record, each 'key=value'. Times are seconds before `nowMs`. */
export function statusStrings(status: StubStatus, nowMs: number): string[] {
  const { connection, awaySinceMs, lastError, zones, reverse, cache, counts } = status
  const secondsSince = (ms: number): number => Math.max(0, Math.round((nowMs - ms) / 1_000))
  return Object.entries({
    uptime: secondsSince(status.startedMs),
    edge: status.edge,
    protocol: connection?.protocol,
    address: connection?.address,
    away: awaySinceMs === undefined ? undefined : secondsSince(awaySinceMs),
    error: lastError?.text.slice(0, maxErrorLength),
    errorage: lastError && secondsSince(lastError.atMs),
    expires: status.expires ?? undefined,
    mode: status.resolvers ? 'forward' : 'zones',
    entries: cache.entries,
    bytes: cache.bytes,
    ...counts,
  })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
    .concat(zones.slice(0, maxListed).map((zone) => `zone=${zone}`))
    .concat(reverse.slice(0, maxListed).map((range) => `reverse=${range}`))
    .concat((status.resolvers ?? []).slice(0, maxListed).map((resolver) => `resolver=${resolver}`))
}

/** Strings of a status → their values by key; a key may have several. */
export function readStatusStrings(strings: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>()
  for (const text of strings) {
    const at = text.indexOf('=')
    if (at > 0) values.set(text.slice(0, at), [...(values.get(text.slice(0, at)) ?? []), text.slice(at + 1)])
  }
  return values
}
