import type { Root } from '../../snapshot/schema.ts'
import { ageSeconds, stateOf } from '../answer/freshness.ts'

/** The response header that names the snapshot behind an answer. */
export const snapshotHeader = 'kubedoh-snapshot'

/** What clients learn about the snapshot behind an answer; `asOf` is ISO 8601. */
export type SnapshotFacts = {
  readonly cluster: string
  readonly generation: number
  readonly asOf: string
  readonly ageSeconds: number
  readonly state: string
}

/** The last header text of each root: it changes once a second. */
const written = new WeakMap<Root, { readonly age: number; readonly state: string; readonly text: string }>()

/** The snapshot behind an answer as a structured header (RFC 9651 dictionary); as-of in Unix seconds. */
export function writeSnapshotHeader(root: Root, nowMs: number): string {
  const age = ageSeconds(root, nowMs)
  const state = stateOf(root, nowMs)
  const last = written.get(root)
  if (last?.age === age && last.state === state) return last.text
  const asOf = Math.floor(root.asOfMs / 1000)
  const text = `cluster="${root.cluster}", generation=${root.generation}, as-of=${asOf}, age=${age}, state=${state}`
  written.set(root, { age, state, text })
  return text
}

/** The same facts for JSON. */
export function factsOf(root: Root, nowMs: number): SnapshotFacts {
  return {
    cluster: root.cluster,
    generation: root.generation,
    asOf: new Date(Math.floor(root.asOfMs / 1000) * 1000).toISOString(),
    ageSeconds: ageSeconds(root, nowMs),
    state: stateOf(root, nowMs),
  }
}
