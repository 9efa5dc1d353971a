/** What a stub has done since its start. */
export type StubCounts = {
  /** Messages of clients. */
  queries: number
  /** Answers from the cache. */
  cached: number
  /** Questions to the edge. */
  asked: number
  /** Answers that were too old, while the edge could not be asked. */
  stale: number
  /** Questions for which there was no answer. */
  failed: number
  /** Names outside the zones that were passed to other resolvers, and that were refused. */
  forwarded: number
  refused: number
}

/** Counts of a stub that has just started. */
export function createStubCounts(): StubCounts {
  return { queries: 0, cached: 0, asked: 0, stale: 0, failed: 0, forwarded: 0, refused: 0 }
}
