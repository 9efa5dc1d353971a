/** Values that are kept while there is room, the least recently used leaving first. */
export type Memory<T> = {
  /** The value under a key, which then counts as just used. */
  get(key: string): T | undefined
  /** Keeps a value that takes about `bytes`; one larger than the whole memory is not kept. */
  set(key: string, value: T, bytes: number): void
  /** Bytes held, by the sizes that were given. */
  bytes(): number
}

/** A memory of at most `maxBytes`, counted by the sizes given to `set`. */
export function createMemory<T>(maxBytes: number): Memory<T> {
  // A Map iterates in the order of insertion: what is used is put back at the end.
  const entries = new Map<string, { value: T; bytes: number }>()
  let held = 0

  function drop(key: string): void {
    held -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
  return {
    get(key) {
      const entry = entries.get(key)
      if (!entry) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    set(key, value, bytes) {
      drop(key)
      if (bytes > maxBytes) return
      entries.set(key, { value, bytes })
      held += bytes
      for (const oldest of entries.keys()) {
        if (held <= maxBytes) break
        drop(oldest)
      }
    },
    bytes: () => held,
  }
}
