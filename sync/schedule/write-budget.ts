import { type Allowance, type Late, unlimited } from './priority.ts'

export const dayMs = 86_400_000

/**
 * The longest interval between two roots that take late shards, in ms. Half of the steady flow pays for the late
 * lane, so what is no more keys than that in an hour lags no more than an hour; more takes turns.
 */
const longestIntervalMs = 60 * 60_000

/** Of the burst this part is the main lane's alone; of the first root less, since names would be missing. */
const mainsPart = 1 / 2
const mainsPartAtFirst = 1 / 4

/** When the late lane is next. Times are the agent's own, Unix ms. */
export type LateLane = {
  /** When late shards were last written; 0 when none were. */
  readonly lastMs: number
  /** Keys that the first shard in turn needs; 0 when none waits. */
  readonly keys: number
  /** The shard that was written last. */
  readonly after: string
}

/** The daily budget at a moment: until when the keys written are paid for, at `writeMs` for each. */
export type Budget = { readonly paidUntilMs: number; readonly writeMs: number }

/** `writes` keys were written at `nowMs` → until when all are paid for. */
export function paidAfter({ paidUntilMs, writeMs }: Budget, writes: number, nowMs: number): number {
  return Math.max(paidUntilMs, nowMs) + writes * writeMs
}

/** At the start nothing waits. */
export const startLate: LateLane = { lastMs: 0, keys: 0, after: '' }

/** What a plan made of the late lane, at `nowMs` → the lane. */
export function afterLate(lane: LateLane, { keys, writes, after }: Late, nowMs: number): LateLane {
  return { lastMs: writes > 0 ? nowMs : lane.lastMs, keys, after }
}

/**
 * What of the burst, in ms, the main lane leaves alone: what flows back in an hour, and more while a shard, or a
 * family that changes its size, needs more.
 */
export function lateReserveMs(lane: LateLane, { writeMs }: Budget): number {
  return Math.min(dayMs / 2, Math.max(longestIntervalMs, withRoot(lane.keys) * writeMs))
}

/**
 * When a root may be published for late shards alone; Infinity when none waits. The interval grows from nothing to
 * an hour by the cube of what is used of the main lane's half, as the main lane's own does of the whole. From there
 * on half of the flow pays.
 */
export function lateAtMs(lane: LateLane, budget: Budget): number {
  if (lane.keys === 0) return Number.POSITIVE_INFINITY
  const { paidUntilMs, writeMs } = budget
  const neededMs = withRoot(lane.keys) * writeMs
  const lateBurstMs = dayMs * (1 - mainsPart)
  const burstMs = neededMs > lateBurstMs ? Number.POSITIVE_INFINITY : paidUntilMs - lateBurstMs + neededMs
  const shareMs = lane.lastMs + 2 * lane.keys * writeMs
  const roomMs = paidUntilMs - dayMs + Math.min(neededMs, dayMs)
  return Math.ceil(Math.max(dueMs(lane, budget), roomMs, Math.min(burstMs, shareMs)))
}

/** Keys that may be written at `nowMs`, by lane. `isFirst`: nothing is published yet. */
export function allowanceOf(lane: LateLane, budget: Budget, nowMs: number, isFirst: boolean): Allowance {
  const { paidUntilMs, writeMs } = budget
  if (writeMs === 0) return unlimited
  const owedMs = Math.max(0, paidUntilMs - nowMs)
  const keysIn = (ms: number): number => Math.max(0, Math.floor(ms / writeMs + 1e-6))
  // What no burst could ever pay is written once nothing is owed.
  const within = (ms: number): number => (owedMs === 0 ? Number.POSITIVE_INFINITY : keysIn(ms - owedMs))
  const burst = keysIn(dayMs * (1 - (isFirst ? mainsPartAtFirst : mainsPart)) - owedMs)
  const savedMs = Math.min(nowMs - lane.lastMs, Math.max(longestIntervalMs, 2 * lane.keys * writeMs))
  return {
    all: within(dayMs),
    main: within(dayMs - lateReserveMs(lane, budget)),
    late: nowMs < dueMs(lane, budget) ? undefined : { share: keysIn(savedMs / 2), burst },
    after: lane.after,
  }
}

/** Before this no late shard is written. */
function dueMs({ lastMs }: LateLane, { paidUntilMs }: Budget): number {
  const used = Math.min(1, Math.max(0, (paidUntilMs - lastMs) / dayMs / (1 - mainsPart)))
  return lastMs + used ** 3 * longestIntervalMs
}

function withRoot(keys: number): number {
  return 1 + keys
}
