/** Members that each have the same time to do something. All operations take constant time. */
export type DeadlineSet<T> = {
  /** Starts a member's time, also if it has started before. */
  start(member: T): void
  /** Takes a member out. */
  stop(member: T): void
  /** The member whose time started first. */
  oldest(): T | undefined
  /** Takes out the members whose time is over, and returns them. */
  takeExpired(): readonly T[]
}

/** Creates a set whose members have `ms` milliseconds each. `now` is a monotonic clock (ms). */
export function createDeadlineSet<T>(ms: number, now: () => number): DeadlineSet<T> {
  /** In the order of their starts, which is the order of their ends. */
  const startedMs = new Map<T, number>()
  return {
    start(member) {
      startedMs.delete(member)
      startedMs.set(member, now())
    },
    stop: (member) => void startedMs.delete(member),
    oldest: () => startedMs.keys().next().value,
    takeExpired() {
      const latestMs = now() - ms
      const expired: T[] = []
      for (const [member, started] of startedMs) {
        if (started > latestMs) break
        startedMs.delete(member)
        expired.push(member)
      }
      return expired
    },
  }
}
