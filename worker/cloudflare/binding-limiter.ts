import type { RateLimit } from '@cloudflare/workers-types'
import type { Clock } from '../clock.ts'
import { createLocalLimiter, type Limiter, type LimitKind, type RateLimits } from '../limit/limiter.ts'

/**
 * The time that a refused client is asked to wait (ms). A binding does not tell when the next request is within its limit;
 * this is the shorter one of the two periods that a binding can have.
 */
const waitMs = 10_000

/**
 * A limiter that counts with rate-limiting bindings, whose counters are common to all isolates of one Cloudflare location.
 * The limits are those of the bindings; a limit of 0 in `limits` switches a binding off. Kinds without a binding, such as bytes, and
 * requests whose binding fails, are counted by this isolate, with `limits`.
 */
export function createBindingLimiter(
  limits: RateLimits,
  bindings: Readonly<Partial<Record<LimitKind, RateLimit | undefined>>>,
  clock: Clock,
): Limiter {
  const local = createLocalLimiter(limits, clock)
  return {
    take(kind, key, count) {
      const binding = bindings[kind]
      if (!binding || key === undefined || limits[kind] === 0) return local.take(kind, key, count)
      return binding.limit({ key }).then(
        ({ success }) => (success ? 0 : waitMs),
        () => local.take(kind, key, count),
      )
    },
  }
}
