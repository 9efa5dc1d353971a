import { blobsOf } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import type { Objects } from './cluster-model.ts'

/** One root that an agent tried to publish, and the state of the cluster that it stands for. */
export type Generation = {
  readonly root: Root
  readonly jws: string
  readonly objects: Objects
  /** Did the register take it? */
  accepted: boolean
}

/** Every root that was ever sent, whatever became of it. */
export type History = {
  add(root: Root, jws: string, objects: Objects): void
  /** The register holds this root: it was accepted, if it was not known before. */
  holds(jws: string, nowMs: number): void
  /** All that go by this number: two leaders may use one, with different terms. */
  numbered(generation: number): readonly Generation[]
  /** The root that was sent in these bytes, and its blobs. */
  find(jws: string): (Generation & { readonly blobs: readonly string[] }) | undefined
  newest(): Generation | undefined
  /** Was the blob used by the root in force, or by one that was in force less than `withinMs` ago? */
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
