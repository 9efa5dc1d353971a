/** What has to be ended, in whatever way the benchmark ends. */
export type Stage = {
  /** Remembers a way to end something that was started. */
  add(end: () => Promise<unknown>): void
  /** Ends all of it, the latest first. Never rejects; a second call waits for the first. */
  clear(): Promise<void>
}

/** A stage with nothing on it. */
export function createStage(tell: (line: string) => void): Stage {
  const ends: (() => Promise<unknown>)[] = []
  let clearing: Promise<void> | undefined
  const clear = async (): Promise<void> => {
    for (let end = ends.pop(); end; end = ends.pop()) {
      await end().catch((error: unknown) => tell(`not ended: ${String(error)}`))
    }
  }
  return {
    add: (end) => void ends.push(end),
    clear: () => (clearing ??= clear()),
  }
}
