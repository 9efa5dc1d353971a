import { setTimeout as pause } from 'node:timers/promises'
import { ClusterError, hasCode } from './cluster/errors.ts'

export type WaitOptions = {
  /** How long to keep looking, in ms. Default 30,000. */
  timeoutMs?: number
  /** Pause between two looks, in ms. Default 100. */
  intervalMs?: number
}

type Nothing = false | null | undefined

/**
 * Looks again and again until `look` gives something other than false, null or undefined, and gives
 * that. A look that throws counts as "not yet", since a program may be between two states; only the
 * death of a program (PROGRAM_EXITED) ends the wait at once, and is thrown on.
 * Throws ClusterError TIMEOUT, naming `description`, with the last look's error as `cause`.
 */
export async function waitFor<T>(
  description: string,
  look: () => T | Nothing | Promise<T | Nothing>,
  options: WaitOptions = {},
): Promise<T> {
  const { timeoutMs = 30_000, intervalMs = 100 } = options
  const deadline = performance.now() + timeoutMs
  let last: unknown
  do {
    try {
      const seen = await look()
      if (seen !== false && seen !== null && seen !== undefined) return seen
      last = undefined
    } catch (error) {
      if (hasCode(error, 'PROGRAM_EXITED')) throw error
      last = error
    }
    await pause(intervalMs)
  } while (performance.now() < deadline)
  const why = last instanceof Error ? `; the last look said: ${last.message}` : ''
  throw new ClusterError('TIMEOUT', `not within ${timeoutMs} ms: ${description}${why}`, { cause: last })
}
