import type { Log } from '../log.ts'
import type { Round } from '../publish/round.ts'

/** One line per publish; a round that had nothing to say says nothing. `ms` is what it took. */
export function logRound(log: Log, done: Round, ms: number): void {
  if (done.held.setAside) {
    log.warn('the edge holds a root that this agent does not build upon', { code: done.held.setAside })
  }
  if (done.kind === 'nothing') return
  const { kind, blobs, bytes, snapshot, late } = done
  log.info('published', {
    kind,
    generation: done.held.published?.generation,
    ...snapshot.counts,
    skipped: snapshot.skipped.length,
    blobs,
    bytes,
    ...(late.waiting > 0 && { late: late.waiting }),
    ms,
  })
}
