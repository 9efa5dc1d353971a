import { createHook } from 'node:async_hooks'

/* Loaded into a process before its own modules, this prints every few seconds how many timers wait in it. */

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
