import { type FreshnessReport, watchFreshness } from './freshness.ts'
import {
  away,
  createServingWorld,
  far,
  flaky,
  near,
  overloaded,
  type ReadFaults,
  type ServingWorld,
  slow,
} from './serving-world.ts'
import { createSimulation } from './simulation.ts'
import { settleCrypto } from './synchronous-crypto.ts'

/** One row of the freshness table: how a cluster is published, read and asked, and the bound that holds for it. */
export type FreshnessRow = {
  readonly title: string
  /** The behaviour of the register's reads; undefined for an edge that reads KV alone. */
  readonly faults: ReadFaults | undefined
  /** Whether the isolates of a location share what they read. */
  readonly isShared?: boolean
  readonly restarts?: number
  /** The mean time between two queries, to one of four isolates each (ms). */
  readonly askMs: number
  readonly minutes: number
  /** The bound of the 99th percentile, and that of every answer (ms). */
  readonly p99Ms?: number
  readonly mostMs?: number
}

const minuteMs = 60_000
const bound = { p99Ms: 5_000 }

export const freshnessRows: readonly FreshnessRow[] = [
  { title: 'KV alone, published every 10 s', faults: undefined, askMs: 250, minutes: 2 },
  { title: 'KV alone, published every 10 s', faults: undefined, askMs: 5_000, minutes: 6 },
  { title: 'register, reads of 10-90 ms', faults: near, askMs: 250, minutes: 1, ...bound },
  { title: 'register, reads of 10-90 ms', faults: near, askMs: 5_000, minutes: 6, ...bound },
  { title: 'register, reads of 10-200 ms', faults: far, askMs: 250, minutes: 1, ...bound },
  { title: 'register, reads of 10-200 ms', faults: far, askMs: 5_000, minutes: 6, ...bound },
  { title: '… nothing shared', faults: far, isShared: false, askMs: 250, minutes: 1, ...bound },
  { title: '… nothing shared', faults: far, isShared: false, askMs: 5_000, minutes: 6, ...bound },
  { title: '… restarted every 15 s', faults: far, restarts: 3, askMs: 800, minutes: 1, ...bound },
  { title: '… slow: 300-900 ms', faults: slow, askMs: 800, minutes: 1, ...bound },
  { title: '… overloaded: 300-2,500 ms, 5 % hang', faults: overloaded, askMs: 800, minutes: 1 },
  { title: '… flaky: 10 % fail, 5 % hang', faults: flaky, askMs: 800, minutes: 1 },
  { title: '… away', faults: away, askMs: 800, minutes: 2, mostMs: 180_000 },
]

/**
 * Publishes a cluster, and then watches it while it changes all the time. A register that had faults is watched once more
 * afterwards (`after`). Throws the first broken rule of check-answers.ts: never backwards in an isolate, no wrong NXDOMAIN, no
 * request that waits for another one.
 */
export async function runFreshness(
  row: FreshnessRow,
  seed: number,
): Promise<{
  readonly during: FreshnessReport
  readonly after?: FreshnessReport
  readonly checkpoints: number
}> {
  const restore = settleCrypto()
  const { faults, askMs, minutes, restarts = 0, isShared = true } = row
  let world: ServingWorld | undefined
  const simulation = await createSimulation(seed, {
    serving: faults && ((...ports) => (world = createServingWorld(...ports))),
  })
  try {
    for (let count = 0; count < 4; count++) simulation.spawn()
    const [first] = simulation.states
    let isDone = false
    void simulation.publishers[0]
      ?.publish(first as never, { pauseMs: 0, forgetful: true })
      .then(() => (isDone = true))
    while (!isDone) await simulation.time.pass(1_000)
    await simulation.time.pass(5 * minuteMs)
    if (world) world.isShared = isShared
    const speed = { publishMs: faults ? 2_000 : 10_000, askMs }
    const watch = (watched: ReadFaults, ms: number, times = 0): Promise<FreshnessReport> =>
      watchFreshness(simulation, world, { faults: watched, ms, restarts: times }, speed)
    const during = await watch(faults ?? near, minutes * minuteMs, restarts)
    let after: FreshnessReport | undefined
    if (faults && [overloaded, flaky, away].includes(faults)) {
      await watch(near, minuteMs)
      after = await watch(near, minuteMs)
    }
    simulation.checker.close()
    return { during, ...(after && { after }), checkpoints: world?.counts.checkpoints ?? 0 }
  } finally {
    simulation.host.close()
    restore()
  }
}
