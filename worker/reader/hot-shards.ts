import type { Slot } from '../answer/needs.ts'

/** Which slots of a cluster this isolate was asked for, and when. */
export type Usage = {
  /** `id` is the slot's, by slotId. */
  note(id: string, slot: Slot, nowMs: number): void
  /** Slots used within the last `withinMs`, the latest first, at most `most`. */
  recent(nowMs: number, withinMs: number, most: number): Slot[]
}

/** Remembers at most `maxSlots`, forgetting the least recently used. */
export function createUsage(maxSlots: number): Usage {
  const used = new Map<string, { slot: Slot; atMs: number }>()
  return {
    note(id, slot, atMs) {
      used.delete(id)
      used.set(id, { slot, atMs })
      if (used.size > maxSlots) for (const oldest of used.keys()) return void used.delete(oldest)
    },
    recent(nowMs, withinMs, most) {
      const recent = [...used.values()].filter(({ atMs }) => nowMs - atMs <= withinMs)
      return recent
        .toReversed()
        .slice(0, most)
        .map(({ slot }) => slot)
    },
  }
}
