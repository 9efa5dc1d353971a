/** Something that must end in time. `cancel` says that it did. */
export type Deadline = { readonly cancel: () => void }

/** Many deadlines on one timer: a timer of its own for each request would cost more than the request. */
export type Deadlines = {
  /** Calls `onLate` once, `afterMs` to `afterMs` + two sweeps from now, unless cancelled before. */
  watch(afterMs: number, onLate: () => void): Deadline
  /** Forgets all of them. */
  readonly stop: () => void
}

type Watched = Deadline & { readonly sweep: number; readonly onLate: () => void }

/** Starts a timer that looks every `sweepMs`; it does not keep the process alive. */
export function createDeadlines(sweepMs: number): Deadlines {
  const watched = new Set<Watched>()
  let sweep = 0
  const timer = setInterval(() => {
    sweep++
    for (const one of watched) {
      if (one.sweep > sweep) continue
      watched.delete(one)
      one.onLate()
    }
  }, sweepMs)
  timer.unref()
  return {
    watch(afterMs, onLate) {
      const one: Watched = {
        sweep: sweep + 1 + Math.ceil(afterMs / sweepMs),
        onLate,
        cancel: () => void watched.delete(one),
      }
      watched.add(one)
      return one
    },
    stop() {
      clearInterval(timer)
      watched.clear()
    },
  }
}
