import { connectError, type Place } from './connect-error.ts'
import { QueryError } from './errors.ts'

/**
 * Runs an action that ends at its signal. Throws QueryError: TIMEOUT after `timeoutMs`, the action's own QueryError,
 * or the reason of a failed connection to `place`.
 */
export async function withinMs<T>(
  timeoutMs: number,
  place: Place,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    return await action(signal)
  } catch (error) {
    if (error instanceof QueryError) throw error
    if (signal.aborted) throw new QueryError('TIMEOUT', `${place.host} did not answer within ${timeoutMs} ms`)
    throw connectError(error, place)
  }
}
