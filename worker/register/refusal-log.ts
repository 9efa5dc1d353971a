import type { IngestCode } from '../../snapshot/ingest.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../ports.ts'

/** The least time between two lines with one code (ms). */
const logEveryMs = 10_000

/** Logs the code of a refused request whose sender is unknown. */
export type RefusalLog = (code: IngestCode) => void

/**
 * A log of refused requests without a valid proof. Anyone can send these, so a flood of them must not fill the log: each
 * code is logged at most every ten seconds, with the number of requests since the last line. The text is left out, because
 * the sender chooses it.
 */
export function createRefusalLog(log: Log, clock: Pick<Clock, 'now'>): RefusalLog {
  const seen = new Map<IngestCode, { loggedAtMs: number; requests: number }>()
  return (code) => {
    const state = seen.get(code) ?? { loggedAtMs: Number.NEGATIVE_INFINITY, requests: 0 }
    seen.set(code, state)
    state.requests++
    if (clock.now() - state.loggedAtMs < logEveryMs) return
    log.warn('ingest refused', { code, requests: state.requests })
    state.loggedAtMs = clock.now()
    state.requests = 0
  }
}
