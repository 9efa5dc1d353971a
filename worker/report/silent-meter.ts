import type { Clock } from '../clock.ts'
import type { Meter } from '../ports.ts'

/** A meter that counts nothing, for runtimes without metrics. */
export function createSilentMeter(clock: Pick<Clock, 'now'>): Meter {
  return {
    nowMs: clock.now,
    answered: () => undefined,
    responded: () => undefined,
    searched: () => undefined,
    refused: () => undefined,
    asked: () => undefined,
    limited: () => undefined,
    connected: () => undefined,
    disconnected: () => undefined,
  }
}
