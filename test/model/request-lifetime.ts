import { AsyncLocalStorage } from 'node:async_hooks'
import type { Tasks } from '../../worker/ports.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * A request's life on workerd: what it began (reads of the store, timers) settles only while it lives. It lives
 * until its response is given and everything that went into `waitUntil` has settled, at most 30 s longer.
 */
export type Life = { ended: boolean }

/** How long `waitUntil` holds a request after its response. */
const graceMs = 30_000

const current = new AsyncLocalStorage<Life>()

/** The life of the request whose code runs now; undefined outside of requests. */
export function currentLife(): Life | undefined {
  return current.getStore()
}

/**
 * Runs a request. Resolves with what `action` does. `isolate` is the life of the isolate itself: when it ends,
 * nothing settles any more. After `patienceMs` the client hangs up: the request then lives only by `waitUntil`.
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
