import { doubledIntervalMs, jitteredWaitMs } from '../retry-wait.ts'
import { type KubeCode, KubeError } from './http/errors.ts'

/** The interval after the first failure (ms); it doubles with every further failure (client-go's reflector). */
const firstMs = 800

/** The longest interval (ms). */
const longestMs = 30_000

/** The longest interval while the API is unreachable (ms): attempts cost it nothing, and its return should be noticed soon. */
const longestUnreachableMs = 8_000

/** The shortest wait (ms): at most five attempts a second for each resource. */
const floorMs = 200

/**
 * The shortest wait (ms) from the second refusal in a row on: only a person can correct it, and each attempt is a line
 * in the API's audit log. The first retry is quick, since a replaced token or a new role works at the next attempt.
 */
const refusedFloorMs = 5_000

/** The longest Retry-After that is obeyed (ms): an hour, even if a proxy asks for more. */
const longestAskedMs = 3_600_000

const refusals: ReadonlySet<KubeCode> = new Set([
  'KUBE_UNAUTHORIZED',
  'KUBE_FORBIDDEN',
  'KUBE_CREDENTIALS',
  'KUBE_CERTIFICATE',
])

/**
 * The wait (ms) after the `failures`-th failure in a row (from 1): a part of a doubling interval that `random` (0 to 1)
 * chooses; never less than the API asked for.
 */
export function backoffMs(failures: number, error: KubeError, random: number): number {
  const limitMs = error.code === 'KUBE_UNREACHABLE' ? longestUnreachableMs : longestMs
  const isRefusedAgain = failures > 1 && refusals.has(error.code)
  const leastMs = isRefusedAgain ? refusedFloorMs : floorMs
  const doubledMs = doubledIntervalMs(failures, firstMs, limitMs)
  const intervalMs = Math.max(doubledMs, isRefusedAgain ? 2 * refusedFloorMs : 0)
  return Math.max(
    Math.min(error.retryAfterMs, longestAskedMs),
    Math.round(jitteredWaitMs(intervalMs, leastMs, random)),
  )
}
