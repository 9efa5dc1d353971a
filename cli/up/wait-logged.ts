import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../worker/ports.ts'

/** A wait is logged after the first time, and then in these intervals (ms). */
const logging = { firstMs: 2_000, everyMs: 30_000 }

/**
 * Waits for the first publish of `source`, and logs what it is waiting for. The reasons, such as an API server that
 * refuses connections, are in the log lines of the watches. Resolves to the promise's value; to undefined when the signal
 * aborts first.
 */
export async function waitLogged<T>(
  published: Promise<T>,
  source: string,
  log: Log,
  signal: AbortSignal,
): Promise<T | undefined> {
  const done = new AbortController()
  const either = AbortSignal.any([signal, done.signal])
  const aborted = logUntil(either)
  const result = await Promise.race([published, aborted.then(() => undefined)])
  done.abort()
  await aborted
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
