import { readdirSync } from 'node:fs'

/** The open files of this process as a directory: on Linux, and on macOS. */
const openFiles = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd'

/**
 * Bun.serve has no limit of connections, and does not report them. Every `everyMs` this counts the open files of the
 * process; while there are more than `max`, it calls `closeIdle`, so that connections without a request make room for
 * others. Connections with a request end by their deadlines. Returns a function that stops it.
 */
export function limitConnections(
  max: number,
  closeIdle: () => void,
  everyMs: number,
  countOpen: () => number = openFileCount,
): () => void {
  const timer = setInterval(() => {
    if (countOpen() > max) closeIdle()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** Zero where the system does not list them. */
function openFileCount(): number {
  try {
    return readdirSync(openFiles).length
  } catch {
    return 0
  }
}
