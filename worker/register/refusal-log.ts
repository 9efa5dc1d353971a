import type { IngestCode } from '../../snapshot/ingest.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../ports.ts'

/** The least time between two lines with one code and sender (ms). */
const logEveryMs = 10_000

/** The sender of a refused request whose proof was valid, and the reason. */
export type KnownRefusal = { readonly cluster: string; readonly reason: string }

/** Logs the code of a refused request; also its sender and the reason, if the sender is known. */
export type RefusalLog = (code: IngestCode, known?: KnownRefusal) => void

/**
 * A log of refused requests. A flood of them must not fill the log, whether anyone sent them or an agent with a valid key:
 * each code is logged at most every ten seconds for each cluster, and for all requests without a valid proof together, with
 * the number of requests since the last line. Without a valid proof the reason is left out, because the sender chooses it.
 */
export function createRefusalLog(
  log: Log,
  clock: Pick<Clock, 'now'>,
  message = 'ingest refused',
): RefusalLog {
  const seen = new Map<string, { loggedAtMs: number; requests: number }>()
  return (code, known) => {
    const key = `${known?.cluster ?? ''} ${code}`
    const state = seen.get(key) ?? { loggedAtMs: Number.NEGATIVE_INFINITY, requests: 0 }
    seen.set(key, state)
    state.requests++
    if (clock.now() - state.loggedAtMs < logEveryMs) return
    log.warn(message, { ...known, code, requests: state.requests })
    state.loggedAtMs = clock.now()
    state.requests = 0
  }
}
