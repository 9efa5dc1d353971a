import { createHook } from 'node:async_hooks'

/* Preloaded into a process, this module prints the number of its active timers every few seconds. */

const everyMs = 5_000
const waiting = new Set<number>()

createHook({
  init: (id, type) => {
    if (type === 'Timeout') waiting.add(id)
  },
  destroy: (id) => void waiting.delete(id),
  trackPromises: false,
}).enable()

const print = (): void => {
  process.stdout.write(`[timers] ${Math.round(performance.now())} ms: ${waiting.size}\n`)
}
setInterval(print, everyMs).unref()
