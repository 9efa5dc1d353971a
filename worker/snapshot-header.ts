import type { Root } from '../snapshot/schema.ts'
import { ageSeconds, stateOf } from './freshness.ts'

/** The header that says where an answer comes from. */
export const snapshotHeader = 'kubedoh-snapshot'

/** What a client is told of the snapshot behind an answer; `asOf` as ISO 8601. */
export type SnapshotFacts = {
  readonly cluster: string
  readonly generation: number
  readonly asOf: string
  readonly ageSeconds: number
  readonly state: string
}

/** The snapshot behind an answer as a structured header (RFC 9651 dictionary); as-of in Unix seconds. */
export function writeSnapshotHeader(root: Root, nowMs: number): string {
  const age = ageSeconds(root, nowMs)
  const state = stateOf(root, nowMs)
  return `cluster="${root.cluster}", generation=${root.generation}, as-of=${Math.floor(root.asOfMs / 1000)}, age=${age}, state=${state}`
}

/** The header that writeSnapshotHeader wrote → what it says, so that header and JSON say the same. */
export function readSnapshotHeader(text: string): SnapshotFacts {
  const facts = new Map(
    text.split(', ').map((item) => {
      const mark = item.indexOf('=')
      return [item.slice(0, mark), item.slice(mark + 1).replaceAll('"', '')]
    }),
  )
  const number = (key: string): number => Number(facts.get(key))
  return {
    cluster: facts.get('cluster') ?? '',
    generation: number('generation'),
    asOf: new Date(number('as-of') * 1000).toISOString(),
    ageSeconds: number('age'),
    state: facts.get('state') ?? '',
  }
}
