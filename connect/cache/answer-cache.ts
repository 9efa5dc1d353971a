import type { KeptAnswer } from './kept-answer.ts'
import { hasKey, type PlainQuestion } from './plain-question.ts'

/** Answers by their questions, without id, spelling and EDNS. Bounded by number and bytes. */
export type AnswerCache = {
  /** The answer to the question of a query, of any age. */
  get(query: Uint8Array, question: PlainQuestion): KeptAnswer | undefined
  /** Keeps an answer in the place of an earlier one to the same question. */
  put(question: Pick<PlainQuestion, 'hash'>, kept: KeptAnswer): void
  /** Forgets all answers. */
  clear(): void
  size(): { readonly entries: number; readonly bytes: number }
}

/** The most answers, and their most bytes in memory (approximately). */
export type CacheLimits = { readonly maxEntries: number; readonly maxBytes: number }

export const defaultCacheLimits: CacheLimits = { maxEntries: 20_000, maxBytes: 32 * 1024 * 1024 }

/** The approximate memory of an answer without records, and of each record (bytes). */
const entryBytes = 600
const recordBytes = 80

/** One half of the cache. */
type Half = { readonly entries: Map<number, KeptAnswer>; bytes: number }

/**
 * Creates a cache of two halves: answers are added to the young one, and when it is full, it takes the place of the old
 * one. An answer that is used in the old half moves to the young one. Of two questions with the same hash, only the answer
 * to the later one is kept.
 */
export function createAnswerCache({ maxEntries, maxBytes }: CacheLimits = defaultCacheLimits): AnswerCache {
  let young = emptyHalf()
  let old = emptyHalf()

  function put(hash: number, kept: KeptAnswer): void {
    const bytes = bytesOf(kept)
    if (2 * bytes > maxBytes) return
    const isFull = 2 * (young.bytes + bytes) > maxBytes || 2 * (young.entries.size + 1) > maxEntries
    if (isFull && !young.entries.has(hash)) {
      old = young
      young = emptyHalf()
    }
    const before = young.entries.get(hash)
    young.bytes += bytes - (before ? bytesOf(before) : 0)
    young.entries.set(hash, kept)
  }

  return {
    get(query, { hash, end }) {
      const recent = young.entries.get(hash)
      if (recent) return hasKey(query, end, recent.key) ? recent : undefined
      const kept = old.entries.get(hash)
      if (!kept || !hasKey(query, end, kept.key)) return undefined
      put(hash, kept)
      return kept
    },
    put: ({ hash }, kept) => put(hash, kept),
    clear() {
      young = emptyHalf()
      old = emptyHalf()
    },
    size: () => ({
      entries: young.entries.size + old.entries.size,
      bytes: young.bytes + old.bytes,
    }),
  }
}

function emptyHalf(): Half {
  return { entries: new Map(), bytes: 0 }
}

function bytesOf({ body, key, ttls }: KeptAnswer): number {
  return entryBytes + body.length + key.length + recordBytes * ttls.length
}
