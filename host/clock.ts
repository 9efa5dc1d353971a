import type { Clock } from '../worker/clock.ts'

/** The machine's clock and timers. A waiting timer does not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms) {
    let timer: NodeJS.Timeout | undefined
    const done = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms).unref()
    })
    return { done, cancel: () => clearTimeout(timer) }
  },
}
