import type { Random } from '../seeded-random.ts'

/** How the store behaves for a while: probabilities of what may befall one operation. */
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

/** Next to nothing goes wrong. */
export const breeze: StoreFaults = {
  ...none,
  name: 'breeze',
  failRead: 0.01,
  hangRead: 0.005,
  lateRead: 0.01,
  slowRead: 0.05,
  failWrite: 0.02,
}

/** Weathers in which the store can be worked with. */
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

/** What befalls one read: how long it takes, for ever where undefined, and whether it then rejects. */
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

/** What befalls one write: how long it takes, whether it takes effect, and whether it rejects. */
export function writeFate(
  faults: StoreFaults,
  random: Random,
): { ms: number; lands: boolean; fails: boolean } {
  const fails = random.chance(faults.failWrite)
  const ms = random.chance(faults.slowWrite) ? random.between(500, 20_000) : random.between(5, 150)
  return { ms, fails, lands: !fails || random.chance(0.5) }
}

/** How long, in ms, the longest-known write stays unseen at some place. */
export const maxLagMs = 150_000

/** After how many ms one write is seen at one place: mostly soon, "60 seconds or more" now and then. */
export function lagMs(random: Random): number {
  const drawn = random.next()
  if (drawn < 0.45) return random.between(0, 500)
  if (drawn < 0.75) return random.between(500, 15_000)
  if (drawn < 0.95) return random.between(15_000, 60_000)
  return random.between(60_000, maxLagMs)
}
