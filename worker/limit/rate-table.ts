/** A rate per key. Both numbers are above 0. */
export type Rate = {
  readonly perSecond: number
  /** Requests (or bytes) that a key may send at once after a pause. */
  readonly burst: number
}

/** The use of one rate by many keys. */
export type RateTable = {
  /**
   * Counts a request of a key → 0, or the time (ms) until its next request is within the rate. Only 0 counts. A request of
   * several units, such as bytes, has their number in `count`; if that is above the burst, the burst counts.
   */
  take(key: string, nowMs: number, count?: number): number
  /** Counts requests of a key that another process has admitted. */
  add(key: string, count: number, nowMs: number): void
  /** The number of keys that are stored. */
  size(): number
}

/** The keys that are looked at, at most, to find one that may be forgotten. */
const maxLooks = 8

/**
 * An empty table of at most `maxKeys` keys, which implements the generic cell rate algorithm (ITU-T I.371): a key's only
 * state is the time at which it would have its whole burst again.
 *
 * A new key in a full table replaces a stored one, which then has its whole burst again: this is never to the
 * disadvantage of a client. Keys at their limit are replaced last, so that a flood from many addresses does not
 * free an address that is being limited.
 */
export function createRateTable({ perSecond, burst }: Rate, maxKeys: number): RateTable {
  const intervalMs = 1_000 / perSecond
  const burstMs = burst * intervalMs
  const restoredMs = new Map<string, number>()
  // A Map's iterator continues after changes of the map: it goes round all keys.
  let cursor = restoredMs.keys()

  /** The time at which a key has its whole burst again. A clock that was set back must not lock a key out for longer. */
  function restoredAt(key: string, nowMs: number): number {
    const storedMs = restoredMs.get(key) ?? 0
    if (storedMs > nowMs + burstMs) restoredMs.set(key, nowMs + burstMs)
    return Math.min(Math.max(storedMs, nowMs), nowMs + burstMs)
  }

  function store(key: string, atMs: number, nowMs: number): void {
    if (restoredMs.size >= maxKeys && !restoredMs.has(key)) forgetOne(nowMs)
    restoredMs.set(key, atMs)
  }

  function forgetOne(nowMs: number): void {
    for (let looks = 1; ; ) {
      const { value: key, done } = cursor.next()
      if (done) {
        cursor = restoredMs.keys()
        continue
      }
      const isAtLimit = restoredAt(key, nowMs) + intervalMs - nowMs > burstMs
      if (isAtLimit && looks++ < maxLooks) continue
      restoredMs.delete(key)
      return
    }
  }

  return {
    take(key, nowMs, count = 1) {
      const nextMs = restoredAt(key, nowMs) + Math.min(count, burst) * intervalMs
      const waitMs = nextMs - nowMs - burstMs
      // Sums of fractions are off by less than a microsecond.
      if (waitMs > 0.001) return waitMs
      store(key, nextMs, nowMs)
      return 0
    },
    add(key, count, nowMs) {
      store(key, Math.min(restoredAt(key, nowMs) + count * intervalMs, nowMs + burstMs), nowMs)
    },
    size: () => restoredMs.size,
  }
}
