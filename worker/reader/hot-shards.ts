import type { Slot } from '../answer/needs.ts'

/** The slots of a cluster that queries to this isolate used recently. */
export type HotShards = {
  /** Records a use of a slot. `id` is its slotId. */
  note(id: string, slot: Slot, nowMs: number): void
  /** The slots used within the last `withinMs`, latest first, at most `most` of them. */
  recent(nowMs: number, withinMs: number, most: number): Slot[]
}

/** An empty record of at most `maxSlots` slots; the least recently used are dropped first. */
export function createHotShards(maxSlots: number): HotShards {
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
