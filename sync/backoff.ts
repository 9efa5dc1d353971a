import { KubeError } from './kube-error.ts'

/** The least wait after a failure of the API and the longest (client-go's reflector), ms. */
const firstMs = 800
const lastMs = 30_000

/** What only a person can mend is met again more slowly. */
const refusedMs = 10_000

/**
 * How long to wait after the `failures`-th failure in a row (from 1) and what it was: from half of a doubling
 * interval up to all of it as `random` (0 to 1) says, and never less than the API asked for. Ms.
 */
export function backoffMs(failures: number, error: KubeError, random: number): number {
  const doubled = Math.min(lastMs, firstMs * 2 ** Math.min(failures - 1, 16))
  const refused = error.code === 'KUBE_UNAUTHORIZED' || error.code === 'KUBE_FORBIDDEN'
  const waitMs = Math.max(doubled, refused ? refusedMs : 0)
  return Math.max(error.retryAfterMs, Math.round(waitMs * (0.5 + random / 2)))
}
