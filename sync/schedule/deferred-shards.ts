import { dayMs } from './limits.ts'
import { type Budget, type KeyQuota, unlimitedQuota } from './write-budget.ts'

/**
 * The longest interval between two roots with deferred shards (ms). Half of the refill pays for them: changes that need at
 * most that many keys in an hour lag by at most an hour, and further ones take turns.
 */
const longestIntervalMs = 60 * 60_000

/** The part of the burst that is reserved for priority shards; smaller for the first root, so that it has more names. */
const priorityPart = 1 / 2
const priorityPartAtFirst = 1 / 4

/** The deferred shards after a plan. */
export type Deferred = {
  /** Shards that keep their published state for now; a family whose number of shards changes counts as one. */
  readonly waiting: number
  /** The keys that the first of them needs; 0 when none waits. */
  readonly keys: number
  /** The keys of deferred shards to write now. */
  readonly writes: number
  /** The deferred shard that was taken last, for the next quota. */
  readonly after: string
}

/** No deferred shard waits, and none is written. */
export const noneDeferred: Deferred = { waiting: 0, keys: 0, writes: 0, after: '' }

/** The state that decides when deferred shards are written. Times are by the agent's clock (Unix ms). */
export type DeferredState = {
  /** When deferred shards were last written; 0 when none were. */
  readonly lastMs: number
  /** The keys that the next shard in turn needs; 0 when none waits. */
  readonly keys: number
  /** The shard that was written last. */
  readonly after: string
}

/** At the start no shard waits. */
export const initialDeferred: DeferredState = { lastMs: 0, keys: 0, after: '' }

/** The state after the root of a plan was published at `nowMs`. */
export function afterDeferred(
  state: DeferredState,
  { keys, writes, after }: Deferred,
  nowMs: number,
): DeferredState {
  return { lastMs: writes > 0 ? nowMs : state.lastMs, keys, after }
}

/**
 * The part of the burst reserved for deferred shards (ms): the refill of an hour, and more while a waiting
 * shard, or a family whose number of shards changes, needs more.
 */
export function deferredReserveMs(state: DeferredState, { writeMs }: Budget): number {
  return Math.min(dayMs / 2, Math.max(longestIntervalMs, withRoot(state.keys) * writeMs))
}

/**
 * When a root may be published for deferred shards alone (Unix ms); Infinity when none waits. The interval grows from 0
 * to an hour by the cube of the used part of the priority shards' half of the burst, as their own interval does by
 * the used part of the whole. Above that, half of the refill pays for deferred shards.
 */
export function deferredAtMs(state: DeferredState, budget: Budget): number {
  if (state.keys === 0) return Number.POSITIVE_INFINITY
  const { paidUntilMs, writeMs } = budget
  const neededMs = withRoot(state.keys) * writeMs
  const deferredBurstMs = dayMs * (1 - priorityPart)
  const burstMs =
    neededMs > deferredBurstMs ? Number.POSITIVE_INFINITY : paidUntilMs - deferredBurstMs + neededMs
  const shareMs = state.lastMs + 2 * state.keys * writeMs
  const roomMs = paidUntilMs - dayMs + Math.min(neededMs, dayMs)
  return Math.ceil(Math.max(dueMs(state, budget), roomMs, Math.min(burstMs, shareMs)))
}

/** The keys that the budget pays for at `nowMs`. `isFirst`: no root is published yet. */
export function keyQuota(state: DeferredState, budget: Budget, nowMs: number, isFirst: boolean): KeyQuota {
  const { paidUntilMs, writeMs } = budget
  if (writeMs === 0) return unlimitedQuota
  const usedMs = Math.max(0, paidUntilMs - nowMs)
  const keysIn = (ms: number): number => Math.max(0, Math.floor(ms / writeMs + 1e-6))
  // A root that needs more keys than the burst has is written once the budget is unused.
  const within = (ms: number): number => (usedMs === 0 ? Number.POSITIVE_INFINITY : keysIn(ms - usedMs))
  const burst = keysIn(dayMs * (1 - (isFirst ? priorityPartAtFirst : priorityPart)) - usedMs)
  const savedMs = Math.min(nowMs - state.lastMs, Math.max(longestIntervalMs, 2 * state.keys * writeMs))
  return {
    total: within(dayMs),
    priority: within(dayMs - deferredReserveMs(state, budget)),
    deferred: nowMs < dueMs(state, budget) ? undefined : { share: keysIn(savedMs / 2), burst },
    after: state.after,
  }
}

/** The earliest time for writing a deferred shard (Unix ms). */
function dueMs({ lastMs }: DeferredState, { paidUntilMs }: Budget): number {
  const used = Math.min(1, Math.max(0, (paidUntilMs - lastMs) / dayMs / (1 - priorityPart)))
  return lastMs + used ** 3 * longestIntervalMs
}

function withRoot(keys: number): number {
  return 1 + keys
}
