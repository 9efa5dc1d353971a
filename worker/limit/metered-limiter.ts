import type { Meter } from '../ports.ts'
import type { Limiter, LimitKind } from './limiter.ts'

/** A limiter that reports each request above a limit to a meter. */
export function createMeteredLimiter(limiter: Limiter, meter: Pick<Meter, 'limited'>): Limiter {
  const reported = (kind: LimitKind, waitMs: number): number => {
    if (waitMs > 0) meter.limited(kind)
    return waitMs
  }
  return {
    take(kind, key, count) {
      const waitMs = limiter.take(kind, key, count)
      return typeof waitMs === 'number'
        ? reported(kind, waitMs)
        : waitMs.then((later) => reported(kind, later))
    },
  }
}
