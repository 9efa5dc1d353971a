import type { SigningKey } from '../../snapshot/key.ts'
import type { ObjectCounts } from '../../snapshot/schema.ts'
import type { GivenPolicy } from '../build/policy-shards.ts'
import { storedBitsOf } from '../build/shards.ts'
import type { Builder, Snapshot } from '../build/snapshot.ts'
import type { AgentOptions } from '../options.ts'
import type { Policy } from '../policy/policy.ts'
import { type Deferred, noneDeferred } from '../schedule/deferred-shards.ts'
import { scheduleLimits } from '../schedule/limits.ts'
import type { RoundBudget } from '../schedule/schedule.ts'
import type { RootKind } from '../schedule/write-budget.ts'
import type { EdgeClient } from './edge-client.ts'
import { type EdgeState, readEdgeState } from './edge-state.ts'
import { type PublishCode, PublishError } from './errors.ts'
import { type PlanContext, planPublish } from './plan.ts'
import { sealRoot } from './seal-root.ts'
import { checkPolicy, upload, writableSchema } from './upload.ts'

/** The source of an access policy, as a round uses it. */
export type PolicyInput = {
  /** The policy; undefined while its source is broken. */
  current(): Policy | undefined
  /** Takes the reason why the source's policy is not the one published; undefined if it is. */
  report(problem: string | undefined): void
}

/** The parts of a round that stay the same between rounds. */
export type Publisher = {
  readonly options: AgentOptions
  readonly builder: Builder
  readonly edge: EdgeClient
  readonly key: SigningKey
  readonly nowMs: () => number
  /** The term of this agent: its Lease's transitions, 0 without a Lease; undefined while another replica leads. */
  readonly term: () => number | undefined
  /** The source of the access policy; undefined if this agent has none. */
  readonly policy?: PolicyInput | undefined
}

/**
 * The agent's knowledge of the edge between rounds: its state, undefined when it must be read; a read that is under way
 * (`reading`); whether the edge lost a blob, so that all must be written (`putAll`); and whether it lost one that this
 * agent cannot write again, which can only be one of the published policy.
 */
export type KnownEdge = {
  readonly state: EdgeState | undefined
  readonly reading?: Promise<EdgeState>
  readonly putAll: boolean
  readonly isPolicyLost?: boolean
}

/** The knowledge before the edge's state is read. */
export const unknownEdge: KnownEdge = { state: undefined, putAll: false }

/** The knowledge after a round that failed with this code: the edge's state must be read again. */
export function afterFailedRound({ putAll, isPolicyLost = false }: KnownEdge, code: PublishCode): KnownEdge {
  const isMissing = code === 'BLOB_MISSING'
  return {
    state: undefined,
    putAll: putAll || isMissing,
    isPolicyLost: isPolicyLost || (isMissing && putAll),
  }
}

/** The result of a round. */
export type Round = {
  readonly kind: RootKind | 'nothing'
  /** The edge's state after the round. */
  readonly edgeState: EdgeState
  readonly snapshot: Snapshot
  /** The number of blobs written, and the bytes of blobs, changed buckets and root. */
  readonly blobs: number
  readonly bytes: number
  /** The deferred shards, and the keys that priority shards wait for (see Plan). */
  readonly deferred: Deferred
  readonly neededKeys: number
}

/** The inputs of a round. Times are by the agent's clock (Unix ms). */
export type RoundInput = {
  /** When the store's objects were last known to be true; 'static' when they come from a file. */
  readonly asOfMs: number | 'static'
  /** The number of objects in the store. */
  readonly objects?: ObjectCounts
  /** Without it writes are not limited. */
  readonly budget?: RoundBudget
}

/** The edge's state, read unless it is known. Throws PublishError. */
export async function edgeStateOf(publisher: Publisher, known: KnownEdge): Promise<EdgeState> {
  const { options, edge, key, nowMs } = publisher
  return known.state ?? known.reading ?? readEdgeState(edge, { cluster: options.cluster, key, nowMs })
}

/**
 * Builds, plans, signs and uploads once. The store is read before anything is awaited. After a failure the edge's
 * state is unknown and must be read again. Throws PublishError.
 */
export async function runRound(
  publisher: Publisher,
  input: RoundInput,
  {
    edgeState,
    putAll,
    isPolicyLost = false,
  }: Pick<KnownEdge, 'putAll' | 'isPolicyLost'> & { readonly edgeState: EdgeState },
): Promise<Round> {
  const { builder, edge, key } = publisher
  const given = givenPolicy(publisher, edgeState, isPolicyLost)
  const snapshot = await builder.build(storedBitsOf(edgeState.published), given)
  publisher.policy?.report(snapshot.policyProblem)
  checkPolicy(edgeState.declaration, snapshot.content.policy)
  const nothing = { kind: 'nothing', edgeState, snapshot, blobs: 0, bytes: 0 } as const
  const context = planContext(publisher, input, edgeState, putAll)
  if (!context) return { ...nothing, deferred: noneDeferred, neededKeys: 0 }
  const plan = planPublish(edgeState.published, snapshot, context)
  if (plan.kind === 'nothing') return { ...nothing, deferred: plan.deferred, neededKeys: plan.neededKeys }
  const sealed = await sealRoot(plan.root, writableSchema(edgeState.declaration), edgeState.buckets, key)
  let bytes = sealed.changed.reduce((sum, text) => sum + text.length, sealed.jws.length)
  const texts = function* (): Generator<string> {
    for (const textOf of plan.put.values()) {
      const text = textOf()
      bytes += text.length
      yield text
    }
  }
  const declaration = await upload({ put: texts(), ...sealed }, edge, edgeState.declaration)
  return {
    kind: plan.kind,
    edgeState: {
      ...{ declaration, published: plan.root, buckets: sealed.hashes },
      ...{ setAside: undefined, policy: plan.root.policy },
    },
    snapshot,
    blobs: plan.put.size,
    bytes,
    deferred: plan.deferred,
    neededKeys: 0,
  }
}

/**
 * The policy for the builder; undefined if this agent has none. Throws PublishError POLICY_MISSING if the root would
 * replace one that has a policy, unless the options say that the policy is dropped.
 */
function givenPolicy(
  { options, policy }: Publisher,
  edgeState: EdgeState,
  isPolicyLost: boolean,
): GivenPolicy | undefined {
  const published = edgeState.policy
  if (policy)
    return {
      policy: policy.current(),
      published: isPolicyLost || published === 'unverified' ? null : published,
    }
  if (published === null || options.policy === 'dropped') return undefined
  throw new PublishError(
    'POLICY_MISSING',
    'the published root has an access policy, and this agent has none: give it the policy with --policy, --policy-configmap or --policy-secret, or let it publish without one with --drop-policy',
  )
}

/** A round's input in the edge's time; undefined while another replica leads. */
function planContext(
  { options, edge, nowMs, term: currentTerm }: Publisher,
  { asOfMs, objects, budget }: RoundInput,
  { declaration }: EdgeState,
  putAll: boolean,
): PlanContext | undefined {
  const ownNowMs = nowMs()
  // Read the term after the clock: a paused former leader then has an old generation and is rejected.
  const term = currentTerm()
  if (term === undefined) return undefined
  return {
    cluster: options.cluster,
    nowMs: edge.toEdgeMs(ownNowMs),
    asOfMs: edge.toEdgeMs(asOfMs === 'static' ? ownNowMs : asOfMs),
    term,
    heartbeatMs: scheduleLimits(declaration, options.heartbeatMs).heartbeatMs,
    ...(objects && { objects }),
    ...(budget && { budget: { ...budget, paidUntilMs: edge.toEdgeMs(budget.paidUntilMs) } }),
    ...(options.policy === 'dropped' && { dropsPolicy: true }),
    putAll,
  }
}
