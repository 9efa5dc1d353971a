import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../worker/ports.ts'

/** A wait is logged after the first time, and then in these intervals (ms). */
const logging = { firstMs: 2_000, everyMs: 30_000 }

/**
 * Waits for the first publish of `source`, and logs what it is waiting for. The reasons, such as an API server that
 * refuses connections, are in the log lines of the watches. Resolves to false when the signal aborts first.
 */
export async function waitLogged(
  published: Promise<void>,
  source: string,
  log: Log,
  signal: AbortSignal,
): Promise<boolean> {
  const done = new AbortController()
  const either = AbortSignal.any([signal, done.signal])
  const isPublished = published.then(() => true)
  const isAborted = logUntil(either).then(() => false)
  const result = await Promise.race([isPublished, isAborted])
  done.abort()
  await isAborted
  return result

  async function logUntil(end: AbortSignal): Promise<void> {
    let waitMs = logging.firstMs
    let waitedMs = 0
    while (!end.aborted) {
      await sleep(waitMs, undefined, { signal: end }).catch(() => undefined)
      if (end.aborted) return
      waitedMs += waitMs
      log.info(`not ready: waiting for the first list of ${source}`, { waitedSeconds: waitedMs / 1000 })
      waitMs = logging.everyMs
    }
  }
}
