import type { SignedRoot } from '../../snapshot/schema.ts'
import { ageSeconds, stateOf } from '../answer/freshness.ts'

/** The response header that names the snapshot behind an answer. */
export const snapshotHeader = 'kubedoh-snapshot'

/** The facts that clients get about the snapshot behind an answer; `asOf` is ISO 8601. */
export type SnapshotFacts = {
  readonly cluster: string
  readonly generation: number
  readonly asOf: string
  readonly ageSeconds: number
  readonly state: string
}

/** The value of the header: an RFC 9651 dictionary; as-of is in Unix seconds, age in seconds. `nowMs` is Unix ms. */
export function writeSnapshotHeader(root: SignedRoot, nowMs: number): string {
  const { cluster, generation } = root
  const asOf = Math.floor(root.asOfMs / 1000)
  const age = ageSeconds(root, nowMs)
  return `cluster="${cluster}", generation=${generation}, as-of=${asOf}, age=${age}, state=${stateOf(root, nowMs)}`
}

/** The same facts for JSON, with times to the second. `nowMs` is Unix ms. */
export function factsOf(root: SignedRoot, nowMs: number): SnapshotFacts {
  return {
    cluster: root.cluster,
    generation: root.generation,
    asOf: new Date(Math.floor(root.asOfMs / 1000) * 1000).toISOString(),
    ageSeconds: ageSeconds(root, nowMs),
    state: stateOf(root, nowMs),
  }
}
