import type { Log } from '../log.ts'
import type { Skipped } from '../objects/skipped.ts'
import type { EdgePort } from '../publish/edge-client.ts'
import type { Round } from '../publish/round.ts'

/** A log whose lines name the edge, if the agent publishes to several. */
export function edgeLog(log: Log, edge: Pick<EdgePort, 'url'>, edges: readonly unknown[]): Log {
  if (edges.length < 2) return log
  const named = (fields: object = {}): Record<string, unknown> => ({ edge: edge.url, ...fields })
  return {
    info: (message, fields) => log.info(message, named(fields)),
    warn: (message, fields) => log.warn(message, named(fields)),
  }
}

/** Logs one line per publish, and none for a round that published nothing. `ms` is the round's duration. */
export function logRound(log: Log, round: Round, ms: number): void {
  const { setAside, published } = round.edgeState
  if (setAside) log.warn('the root at the edge is set aside and replaced', { code: setAside })
  if (round.kind === 'nothing') return
  const { kind, blobs, bytes, snapshot, deferred } = round
  log.info('published', {
    kind,
    generation: published?.generation,
    ...snapshot.counts,
    skipped: snapshot.skipped.length,
    blobs,
    bytes,
    ...(deferred.waiting > 0 && { deferred: deferred.waiting }),
    ms,
  })
}

/** Logs skipped objects: each object and reason once, and again after it was published in between. */
export type SkipLog = (skipped: readonly Skipped[]) => void

/** Makes a SkipLog; it remembers only the objects that are skipped at present. */
export function createSkipLog(log: Log): SkipLog {
  let logged = new Set<string>()
  return (skipped) => {
    const now = new Set<string>()
    for (const skip of skipped) {
      const id = JSON.stringify(skip)
      if (!logged.has(id) && !now.has(id)) log.warn('object skipped', { ...skip })
      now.add(id)
    }
    logged = now
  }
}

/** Clocks that differ by more than this (ms) are reported. */
const toleratedSkewMs = 30_000

/** Takes by how much the edge's clock is ahead of the agent's (ms). */
export type SkewLog = (aheadMs: number) => void

/** Warns when the clocks of agent and edge begin to differ too much. */
export function createSkewLog(log: Log): SkewLog {
  let logged = false
  return (aheadMs) => {
    const isFar = Math.abs(aheadMs) > toleratedSkewMs
    if (isFar && !logged) {
      const fields = { edgeAheadMs: Math.round(aheadMs), toleratedMs: toleratedSkewMs }
      log.warn('the clocks of agent and edge differ', fields)
    }
    logged = isFar
  }
}
