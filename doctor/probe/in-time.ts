import type { Failed } from '../ports.ts'

/** The value of a promise, or undefined after `timeoutMs`; the promise is then left alone. Rejects as the promise does. */
export async function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), timeoutMs)
  // Nobody awaits it after the time limit.
  promise.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A caught error → its code, and its message in one line. */
export function failureOf(error: unknown): Failed {
  if (error instanceof AggregateError && error.errors.length > 0) return failureOf(error.errors[0])
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  const message = error instanceof Error ? error.message : String(error)
  return { failed: typeof code === 'string' ? code : 'FAILED', reason: message.replace(/\s+/g, ' ').trim() }
}
