import { setTimeout as pause } from 'node:timers/promises'

export type WaitOptions = {
  /** The time limit (ms). Default 60,000: a busy machine is slow, and a slow machine is not a failure. */
  timeoutMs?: number
  /** Pause between two looks (ms). Default 50. */
  intervalMs?: number
}

/** What was waited for did not come true in time. */
export class WaitError extends Error {
  override readonly name = 'WaitError'
  readonly code = 'TIMEOUT'
}

type Nothing = false | null | undefined

/**
 * Calls `look` until it returns something other than false, null or undefined, and returns that. If `look` throws, it
 * is called again, since a program may be between two states. Only an error with the code PROGRAM_EXITED, the end of a
 * program, is rethrown at once.
 * Throws WaitError, naming `description`, with the last look's error as `cause`.
 */
export async function waitFor<T>(
  description: string,
  look: () => T | Nothing | Promise<T | Nothing>,
  options: WaitOptions = {},
): Promise<T> {
  const { timeoutMs = 60_000, intervalMs = 50 } = options
  const deadline = performance.now() + timeoutMs
  let last: unknown
  do {
    try {
      const seen = await look()
      if (seen !== false && seen !== null && seen !== undefined) return seen
      last = undefined
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'PROGRAM_EXITED') throw error
      last = error
    }
    await pause(intervalMs)
  } while (performance.now() < deadline)
  const why = last instanceof Error ? `; last error: ${last.message}` : ''
  throw new WaitError(`not within ${timeoutMs} ms: ${description}${why}`, { cause: last })
}
