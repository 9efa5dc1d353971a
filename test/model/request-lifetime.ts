import { AsyncLocalStorage } from 'node:async_hooks'
import type { Tasks } from '../../worker/ports.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * The lifetime of a request on workerd. Its reads of the store and its timers settle only during it. It ends when the
 * response is complete and all promises passed to `waitUntil` have settled, at most 30 s after the response.
 */
export type Life = { ended: boolean }

/** The longest time that `waitUntil` extends a request after its response. */
const graceMs = 30_000

const current = new AsyncLocalStorage<Life>()

/** The lifetime of the request whose code runs now; undefined outside of requests. */
export function currentLife(): Life | undefined {
  return current.getStore()
}

/**
 * Runs a request. Resolves to the result of `action`. `isolate` is the lifetime of the isolate: after its end nothing
 * settles. After `patienceMs` the client disconnects, and only `waitUntil` extends the request.
 */
export async function liveThrough<T>(
  time: VirtualTime,
  isolate: Life,
  patienceMs: number | undefined,
  action: (tasks: Tasks) => Promise<T>,
): Promise<T> {
  let ended = false
  let released = false
  let pending = 0
  const life: Life = {
    get ended() {
      return ended || isolate.ended
    },
  }
  const endIfDone = (): void => {
    if (released && pending === 0) ended = true
  }
  const release = (): void => {
    if (released) return
    released = true
    endIfDone()
    if (!ended) time.at(graceMs, () => (ended = true))
  }
  const tasks: Tasks = {
    waitUntil(promise) {
      if (ended) throw new Error('waitUntil was called by a request that has ended')
      pending++
      const done = (): void => {
        pending--
        endIfDone()
      }
      promise.then(done, done)
    },
  }
  if (patienceMs !== undefined) time.at(patienceMs, release)
  try {
    return await current.run(life, () => action(tasks))
  } finally {
    release()
  }
}
