import type { SigningKey } from '../../snapshot/key.ts'
import { signRoot } from '../../snapshot/root.ts'
import type { ObjectCounts } from '../../snapshot/schema.ts'
import { type Builder, bitsOf, type Snapshot } from '../build/snapshot.ts'
import type { AgentOptions } from '../options.ts'
import { type Allowance, type Late, noLate, unlimited } from '../schedule/priority.ts'
import { paceLimits } from '../schedule/schedule.ts'
import type { Budget } from '../schedule/write-budget.ts'
import type { EdgeClient } from './edge-client.ts'
import { type Held, readHeld } from './edge-state.ts'
import { planChanges } from './plan.ts'
import { publish } from './upload.ts'

/** What a round needs that stays the same between rounds. */
export type Publisher = {
  readonly options: AgentOptions
  readonly builder: Builder
  readonly edge: EdgeClient
  readonly key: SigningKey
  readonly nowMs: () => number
  /** Which leader this agent is now: its Lease's transitions, 0 without a Lease; undefined while it does not lead. */
  readonly term: () => number | undefined
}

/** What is known of the edge: what it holds, undefined when it must be asked or was (`asked`), and whether it lost a blob. */
export type Known = {
  readonly held: Held | undefined
  readonly asked?: Promise<Held>
  readonly putAll: boolean
}

/** Before the edge was asked. */
export const nothingKnown: Known = { held: undefined, putAll: false }

/** What a round did. */
export type Round = {
  readonly kind: 'first' | 'content' | 'heartbeat' | 'repair' | 'nothing'
  readonly held: Held
  readonly snapshot: Snapshot
  /** Blobs written, and their bytes. */
  readonly blobs: number
  readonly bytes: number
  /** What became of the late lane, and the keys that the main lane waits for (see Changes). */
  readonly late: Late
  readonly shortOf: number
}

/** What the edge holds, asked for unless it is known. Throws PublishError. */
export async function learn({ options, edge, key, nowMs }: Publisher, known: Known): Promise<Held> {
  return known.held ?? known.asked ?? readHeld(edge, { cluster: options.cluster, key, nowMs })
}

/**
 * Build, plan, seal, publish: once. `asOfMs` is when the store's objects were last known to be true, by the agent's
 * clock, 'static' when they come from a file; `objects` how many there are; `budget` what is spent, by the same clock.
 * The store is read before anything is awaited. After a failure nothing is known of the edge any more, and it must be asked. Throws PublishError.
 */
export async function round(
  publisher: Publisher,
  state: { readonly asOfMs: number | 'static'; readonly objects?: ObjectCounts; readonly budget?: Budget },
  edgeState: { readonly held: Held; readonly putAll: boolean; readonly allowance?: Allowance },
): Promise<Round> {
  const { builder, options, edge, key, nowMs } = publisher
  const { held, putAll, allowance = unlimited } = edgeState
  const { asOfMs, objects, budget } = state
  const snapshot = await builder.build(bitsOf(held.published))
  const nothing = { kind: 'nothing', held, snapshot, blobs: 0, bytes: 0 } as const
  const ownNowMs = nowMs()
  // Asked after the time was taken, which the generation follows from: whoever was stopped in between, and goes
  // on when another leads, has a generation that the register refuses.
  const term = publisher.term()
  if (term === undefined) return { ...nothing, late: noLate, shortOf: 0 }
  const changes = planChanges(held.published, snapshot, {
    cluster: options.cluster,
    nowMs: edge.toEdgeMs(ownNowMs),
    asOfMs: edge.toEdgeMs(asOfMs === 'static' ? ownNowMs : asOfMs),
    term,
    heartbeatMs: paceLimits(held.declaration, options.heartbeatMs).heartbeatMs,
    ...(objects && { objects }),
    ...(budget && { budget: { ...budget, paidUntilMs: edge.toEdgeMs(budget.paidUntilMs) } }),
    putAll,
    allowance,
  })
  if (changes.kind === 'nothing') return { ...nothing, late: changes.late, shortOf: changes.shortOf }
  const rootJws = await signRoot(changes.root, key)
  let bytes = rootJws.length
  const texts = function* (): Generator<string> {
    for (const textOf of changes.put.values()) {
      const text = textOf()
      bytes += text.length
      yield text
    }
  }
  const declaration = await publish({ put: texts(), rootJws }, edge, held.declaration)
  return {
    kind: changes.kind,
    held: { declaration, published: changes.root, setAside: undefined },
    snapshot,
    blobs: changes.put.size,
    bytes,
    late: changes.late,
    shortOf: 0,
  }
}
