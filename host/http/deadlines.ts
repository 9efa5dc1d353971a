/** What a running request waits for from its client, and what is to be done when it does not come. */
export type Wait = {
  /** It takes too long. */
  readonly onLate: () => void
  /** The client has left. */
  readonly onGone: () => void
}

/** A request between its head and the end of its response. */
export type Running = {
  dueSweep: number
  readonly onLate: () => void
  wait: Wait | undefined
  waitSweep: number
  /** Its body has come as announced; the end of its stream is still to be read. */
  isEndUnread: boolean
}

/**
 * The requests that run, and their deadlines on one timer. Each query passes here, so it is one entry of a set
 * and no more: a timer or a listener of its own for each deadline would add a tenth to a query's cost.
 *
 * Deadlines pass once, after their time and within two sweeps of it.
 */
export type RunningRequests = {
  /** A request has begun; `onLate` is called unless it has ended within `ms`. */
  begin(ms: number, onLate: () => void): Running
  /** From now on `running` waits for its client, for at most `ms`. Clear `running.wait` when that is over. */
  await(running: Running, ms: number, wait: Wait): void
  /** The request has ended, or its client has left. */
  end(running: Running): void
  /** Forgets all of them. */
  readonly stop: () => void
}

/** Starts a timer that looks every `sweepMs`; it does not keep the process alive. */
export function createRunningRequests(sweepMs: number): RunningRequests {
  const all = new Set<Running>()
  let sweep = 0
  const due = (ms: number): number => sweep + 1 + Math.ceil(ms / sweepMs)
  const timer = setInterval(() => {
    sweep++
    for (const running of all) {
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
        dueSweep: due(ms),
        onLate,
        wait: undefined,
        waitSweep: 0,
        isEndUnread: false,
      }
      all.add(running)
      return running
    },
    await(running, ms, wait) {
      running.waitSweep = due(ms)
      running.wait = wait
    },
    end(running) {
      all.delete(running)
      const { wait } = running
      running.wait = undefined
      wait?.onGone()
    },
    stop() {
      clearInterval(timer)
      all.clear()
    },
  }
}
