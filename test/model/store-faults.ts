import type { Random } from '../seeded-random.ts'

/** The behaviour of the store for some time: the probability of each fault of an operation. */
export type StoreFaults = {
  readonly name: string
  /** A read rejects. */
  readonly failRead: number
  /** A read never settles. */
  readonly hangRead: number
  /** A read settles after 2 to 60 s. */
  readonly lateRead: number
  /** A read takes 0.3 to 1.9 s. */
  readonly slowRead: number
  /** A put or a deletion rejects, half of the time after it took effect. */
  readonly failWrite: number
  /** A put or a deletion takes up to 20 s. */
  readonly slowWrite: number
}

const none = { failRead: 0, hangRead: 0, lateRead: 0, slowRead: 0, failWrite: 0, slowWrite: 0 }

export const calm: StoreFaults = { ...none, name: 'calm' }
export const outage: StoreFaults = { ...none, name: 'outage', failRead: 0.4, hangRead: 0.6, failWrite: 1 }

/** Rare faults. */
export const breeze: StoreFaults = {
  ...none,
  name: 'breeze',
  failRead: 0.01,
  hangRead: 0.005,
  lateRead: 0.01,
  slowRead: 0.05,
  failWrite: 0.02,
}

/** Faults under which publishing and answering still succeed in time. */
export const faultMixes: readonly StoreFaults[] = [
  calm,
  breeze,
  { ...none, name: 'flaky', failRead: 0.15, failWrite: 0.2 },
  { ...none, name: 'hanging', hangRead: 0.12, lateRead: 0.12, slowRead: 0.2, slowWrite: 0.2 },
  {
    failRead: 0.1,
    hangRead: 0.1,
    lateRead: 0.15,
    slowRead: 0.3,
    failWrite: 0.3,
    slowWrite: 0.3,
    name: 'storm',
  },
]

/** Draws the fate of a read: its duration (undefined: it never ends), and whether it rejects. */
export function readFate(faults: StoreFaults, random: Random): { ms: number | undefined; fails: boolean } {
  const drawn = random.next()
  const { failRead, hangRead, lateRead, slowRead } = faults
  const quick = { ms: random.between(1, 25), fails: false }
  if (drawn < failRead) return { ...quick, fails: true }
  if (drawn < failRead + hangRead) return { ms: undefined, fails: false }
  if (drawn < failRead + hangRead + lateRead) return { ms: random.between(2_000, 60_000), fails: false }
  if (drawn < failRead + hangRead + lateRead + slowRead) {
    return { ms: random.between(300, 1_900), fails: false }
  }
  return quick
}

/** Draws the fate of a write: its duration, whether it takes effect, and whether it rejects. */
export function writeFate(
  faults: StoreFaults,
  random: Random,
): { ms: number; lands: boolean; fails: boolean } {
  const fails = random.chance(faults.failWrite)
  const ms = random.chance(faults.slowWrite) ? random.between(500, 20_000) : random.between(5, 150)
  return { ms, fails, lands: !fails || random.chance(0.5) }
}

/** The longest observed lag of a write at some location (ms). */
export const maxLagMs = 150_000

/** Draws the lag of a write at one location (ms): mostly short, sometimes "60 seconds or more" as documented. */
export function lagMs(random: Random): number {
  const drawn = random.next()
  if (drawn < 0.45) return random.between(0, 500)
  if (drawn < 0.75) return random.between(500, 15_000)
  if (drawn < 0.95) return random.between(15_000, 60_000)
  return random.between(60_000, maxLagMs)
}
