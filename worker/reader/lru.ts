/** A cache that evicts the least recently used values when it is full. */
export type Lru<T> = {
  /** The value under a key; the key becomes the most recently used. */
  get(key: string): T | undefined
  /** Stores a value of about `bytes`. A value larger than the whole cache is not stored. */
  set(key: string, value: T, bytes: number): void
  /** The sum of the sizes given for the stored values (bytes). */
  bytes(): number
}

/** An empty cache of at most `maxBytes`, counted by the sizes given to `set`. */
export function createLru<T>(maxBytes: number): Lru<T> {
  // A Map iterates in the order of insertion: a used entry is moved to the end.
  const entries = new Map<string, { value: T; bytes: number }>()
  let total = 0
  /** The key at the end of `entries` and its entry; undefined if it is no longer there. */
  let newest: { readonly key: string; readonly entry: { value: T } } | undefined

  function drop(key: string): void {
    total -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
    if (newest?.key === key) newest = undefined
  }
  return {
    get(key) {
      // Queries often repeat a key. To compare two strings costs less than to hash one, and to move an entry costs most.
      if (newest?.key === key) return newest.entry.value
      const entry = entries.get(key)
      if (!entry) return undefined
      entries.delete(key)
      entries.set(key, entry)
      newest = { key, entry }
      return entry.value
    },
    set(key, value, bytes) {
      drop(key)
      if (bytes > maxBytes) return
      const entry = { value, bytes }
      entries.set(key, entry)
      newest = { key, entry }
      total += bytes
      for (const oldest of entries.keys()) {
        if (total <= maxBytes) break
        drop(oldest)
      }
    },
    bytes: () => total,
  }
}
