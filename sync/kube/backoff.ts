import { doubledIntervalMs } from '../doubled-interval.ts'
import { type KubeCode, KubeError } from './errors.ts'

/** The interval after the first failure; it doubles with every further one (client-go's reflector). Ms. */
const firstMs = 800

/** The longest interval. Ms. */
const longestMs = 30_000

/** The same while nothing answers: an attempt burdens nobody, and who returns should be found soon. Ms. */
const longestUnreachableMs = 8_000

/** No wait is shorter, whatever chance says: at most five attempts a second for each resource. Ms. */
const floorMs = 200

/**
 * What only a person can mend is met again more slowly: each attempt is a line in the API's audit log. Not the
 * first time: a token that was replaced, and a role that was just given, are right at the next attempt. Ms.
 */
const refusedFloorMs = 5_000

/** Nobody is waited for longer than an hour, whatever a proxy asks for. Ms. */
const longestAskedMs = 3_600_000

const refusals: ReadonlySet<KubeCode> = new Set([
  'KUBE_UNAUTHORIZED',
  'KUBE_FORBIDDEN',
  'KUBE_CREDENTIALS',
  'KUBE_CERTIFICATE',
])

/**
 * How long to wait after the `failures`-th failure in a row (from 1) and what it was: any part of a doubling
 * interval, as `random` (0 to 1) says, so that many who failed together return one by one; never less than the API
 * asked for. Ms.
 */
export function backoffMs(failures: number, error: KubeError, random: number): number {
  const limitMs = error.code === 'KUBE_UNREACHABLE' ? longestUnreachableMs : longestMs
  const isRefusedAgain = failures > 1 && refusals.has(error.code)
  const leastMs = isRefusedAgain ? refusedFloorMs : floorMs
  const doubledMs = doubledIntervalMs(failures, firstMs, limitMs)
  const intervalMs = Math.max(doubledMs, isRefusedAgain ? 2 * refusedFloorMs : 0)
  return Math.max(
    Math.min(error.retryAfterMs, longestAskedMs),
    Math.round(leastMs + (intervalMs - leastMs) * random),
  )
}
