import type { Clock } from '../clock.ts'

/** The clock and timers of a Worker isolate. */
export const isolateClock: Clock = {
  now: () => Date.now(),
  after(ms) {
    let timer: ReturnType<typeof setTimeout> | undefined
    const done = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    return { done, cancel: () => clearTimeout(timer) }
  },
}
