import type { Root } from '../../snapshot/schema.ts'
import { ageSeconds, stateOf } from '../answer/freshness.ts'

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

/** What was written last for a root: it changes once a second. */
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
