/** Data that a running request expects from its client, and the reactions to its absence. */
export type Wait = {
  /** The deadline has passed. */
  readonly onLate: () => void
  /** The client has left. */
  readonly onGone: () => void
}

/** A request between its head and the end of its response. */
export type Running = {
  /** Its place among the running requests. */
  readonly slot: number
  dueSweep: number
  readonly onLate: () => void
  wait: Wait | undefined
  waitSweep: number
  /** The body has arrived completely; the end of its stream is not read yet. */
  isEndUnread: boolean
}

/**
 * The running requests and their deadlines, on one timer. Each query only takes a place in an array, because a timer or a
 * listener for each deadline would make a query cost a tenth more. A place is used again: a Set, which stores each new
 * member elsewhere, costs JavaScriptCore (Bun) as much.
 *
 * A deadline fires once, after its time and at most two sweeps later.
 */
export type RunningRequests = {
  /** Adds a request; calls `onLate` unless it ends within `ms`. */
  begin(ms: number, onLate: () => void): Running
  /** `running` now waits for its client, for at most `ms`. The caller clears `running.wait` after the wait. */
  await(running: Running, ms: number, wait: Wait): void
  /** Removes a request that has ended, or whose client has left. */
  end(running: Running): void
  /** Stops the timer and removes all requests. */
  readonly stop: () => void
}

/** Starts a timer that checks the deadlines every `sweepMs`. It does not keep the process alive. */
export function createRunningRequests(sweepMs: number): RunningRequests {
  const slots: (Running | undefined)[] = []
  const free: number[] = []
  let sweep = 0
  const due = (ms: number): number => sweep + 1 + Math.ceil(ms / sweepMs)
  const timer = setInterval(() => {
    sweep++
    for (const running of slots) {
      if (!running) continue
      const { wait, waitSweep, dueSweep } = running
      if (wait && waitSweep <= sweep) {
        running.wait = undefined
        wait.onLate()
      }
      if (dueSweep > sweep) continue
      running.dueSweep = Number.POSITIVE_INFINITY
      running.onLate()
    }
  }, sweepMs)
  timer.unref()
  return {
    begin(ms, onLate) {
      const running: Running = {
        slot: free.pop() ?? slots.length,
        dueSweep: due(ms),
        onLate,
        wait: undefined,
        waitSweep: 0,
        isEndUnread: false,
      }
      slots[running.slot] = running
      return running
    },
    await(running, ms, wait) {
      running.waitSweep = due(ms)
      running.wait = wait
    },
    end(running) {
      const { slot, wait } = running
      if (slots[slot] === running) {
        slots[slot] = undefined
        free.push(slot)
      }
      running.wait = undefined
      wait?.onGone()
    },
    stop() {
      clearInterval(timer)
      slots.length = 0
      free.length = 0
    },
  }
}
