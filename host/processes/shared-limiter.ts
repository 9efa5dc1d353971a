import type { Clock } from '../../worker/clock.ts'
import {
  createLocalLimiter,
  type LimitKind,
  type LocalLimiter,
  type RateLimits,
} from '../../worker/embedded.ts'

/** How often a worker reports the requests that it admitted (ms). This is the lag of the common counters. */
const reportEveryMs = 100

/** Keys of one report. Requests of further keys are counted by this worker alone until the next report. */
const maxReportedKeys = 4_096

/** Requests that a worker has admitted: the kind, the key, and how many requests or bytes. */
export type Admitted = readonly (readonly [kind: LimitKind, key: string, count: number])[]

/** A worker's limiter, whose limits hold for all workers together. */
export type SharedLimiter = Pick<LocalLimiter, 'take'> & {
  /** Counts requests that another worker has admitted. */
  hear(admitted: Admitted): void
}

/**
 * A limiter that reports the requests that it admitted to all other workers, through `report`. Each worker decides alone,
 * with the counts that it knows. In the 100 ms between two reports a client with connections to N workers can therefore
 * have N times the burst, which its next requests pay for. A worker that replaces another one starts with no counts.
 */
export function createSharedLimiter(
  limits: RateLimits,
  clock: Clock,
  report: (admitted: Admitted) => void,
): SharedLimiter {
  const local = createLocalLimiter(limits, clock)
  let counts = new Map<string, number>()
  let isScheduled = false

  function send(): void {
    isScheduled = false
    const admitted = [...counts].map(([kindAndKey, count]) => {
      const [kind = '', key = ''] = kindAndKey.split(' ', 2)
      return [kind as LimitKind, key, count] as const
    })
    counts = new Map()
    report(admitted)
  }

  return {
    take(kind, key, count = 1) {
      const waitMs = local.take(kind, key, count)
      if (waitMs > 0 || key === undefined || limits[kind] === 0) return waitMs
      const kindAndKey = `${kind} ${key}`
      const counted = counts.get(kindAndKey)
      if (counted === undefined && counts.size >= maxReportedKeys) return 0
      counts.set(kindAndKey, (counted ?? 0) + count)
      if (!isScheduled) void clock.after(reportEveryMs).done.then(send)
      isScheduled = true
      return 0
    },
    hear(admitted) {
      for (const [kind, key, count] of admitted) local.add(kind, key, count)
    },
  }
}
