/** Ends everything that was started, however the benchmark ends. */
export type Cleanup = {
  /** Registers a function that ends something. */
  add(end: () => Promise<unknown>): void
  /** Calls the registered functions, the latest first. Never rejects; a second call waits for the first. */
  run(): Promise<void>
}

/** A cleanup with nothing registered. A failure to end something is reported to `tell`. */
export function createCleanup(tell: (line: string) => void): Cleanup {
  const ends: (() => Promise<unknown>)[] = []
  let running: Promise<void> | undefined
  const runAll = async (): Promise<void> => {
    for (let end = ends.pop(); end; end = ends.pop()) {
      await end().catch((error: unknown) => tell(`could not be ended: ${String(error)}`))
    }
  }
  return {
    add: (end) => void ends.push(end),
    run: () => (running ??= runAll()),
  }
}
