import { blobsOf } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import type { Objects } from './cluster-model.ts'

/** A root that an agent tried to publish, and the state of the cluster in it. */
export type Generation = {
  readonly root: Root
  readonly jws: string
  readonly objects: Objects
  /** Whether the register accepted it. */
  accepted: boolean
}

/** Every root that was ever sent, accepted or not. */
export type History = {
  add(root: Root, jws: string, objects: Objects): void
  /** Records that the register has this root, so it was accepted. */
  holds(jws: string, nowMs: number): void
  /** All roots with this generation: two leaders may use the same one, with different terms. */
  numbered(generation: number): readonly Generation[]
  /** The root with this text, and its blobs. */
  find(jws: string): (Generation & { readonly blobs: readonly string[] }) | undefined
  newest(): Generation | undefined
  /** Whether the root in force, or one that was in force less than `withinMs` ago, uses the blob. */
  isUsed(hash: string, nowMs: number, withinMs: number): boolean
}

/** An empty history. */
export function createHistory(): History {
  const byJws = new Map<string, Generation>()
  const byNumber = new Map<number, Generation[]>()
  const leftAtMs = new Map<string, number>()
  let inForce: { generation: Generation; blobs: Set<string> } | undefined
  return {
    add(root, jws, objects) {
      if (byJws.has(jws)) return
      const generation = { root, jws, objects, accepted: false }
      byJws.set(jws, generation)
      byNumber.set(root.generation, [...(byNumber.get(root.generation) ?? []), generation])
    },
    holds(jws, nowMs) {
      if (inForce?.generation.jws === jws) return
      for (const hash of inForce?.blobs ?? []) leftAtMs.set(hash, nowMs)
      const generation = byJws.get(jws)
      if (!generation) throw new Error('the register holds a root that nobody sent')
      generation.accepted = true
      inForce = { generation, blobs: blobsOf(generation.root) }
    },
    find(jws) {
      const generation = byJws.get(jws)
      return generation && { ...generation, blobs: [...blobsOf(generation.root)] }
    },
    numbered: (generation) => byNumber.get(generation) ?? [],
    newest: () => inForce?.generation,
    isUsed(hash, nowMs, withinMs) {
      if (inForce?.blobs.has(hash)) return true
      return nowMs - (leftAtMs.get(hash) ?? Number.NEGATIVE_INFINITY) < withinMs
    },
  }
}
