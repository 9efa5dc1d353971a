import type { Log } from '../log.ts'
import type { Skipped } from '../objects/skipped.ts'

/** Tells the log what could not be published: each object and reason once, and again when it comes back. */
export type SkipLog = (skipped: readonly Skipped[]) => void

/** Makes a SkipLog; it remembers only what is skipped at present. */
export function createSkipLog(log: Log): SkipLog {
  let told = new Set<string>()
  return (skipped) => {
    const now = new Set<string>()
    for (const skip of skipped) {
      const id = JSON.stringify(skip)
      if (!told.has(id) && !now.has(id)) log.warn('object skipped', { ...skip })
      now.add(id)
    }
    told = now
  }
}
