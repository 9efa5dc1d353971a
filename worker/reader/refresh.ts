import { SnapshotError } from '../../snapshot/errors.ts'
import type { Refusal } from '../../snapshot/ingest.ts'
import { supersedes, type VerifiedRoot, verifyRoot } from '../../snapshot/root.ts'
import { checkRootValue, jwsOf } from '../../snapshot/root-value.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import { freshnessOf } from '../answer/freshness.ts'
import { type Slot, slotsIn } from '../answer/needs.ts'
import { type Clock, within } from '../clock.ts'
import type { ClusterConfig } from '../config.ts'
import type { Log, Tasks } from '../ports.ts'
import type { Look, Source } from '../source/source.ts'
import type { BlobCache } from './blob-cache.ts'
import type { BucketReads } from './bucket-reads.ts'
import { createBuckets } from './buckets.ts'
import type { HotShards } from './hot-shards.ts'
import type { Keyring } from './keyring.ts'
import { knownHash, openHash } from './shard-hash.ts'
import { createView, type View } from './view.ts'

/** The state of one cluster in an isolate. */
export type ClusterState = {
  readonly cluster: ClusterConfig
  readonly hotShards: HotShards
  view: View | undefined
  /** When the last read began that determined which root is the newest (Unix ms). */
  checkedAtMs: number
  /** The number of changes that the store reported, and how many of them the last such read could see. */
  wakes: number
  wakesSeen: number
  /** When the last attempt to read the root began, successful or not (Unix ms). */
  attemptedAtMs: number
  /** Until when queries wait for the first read of the root after an idle period (Unix ms). */
  idleWaitEndMs: number
  /** Since when a newer root has been waiting for its shards (Unix ms). */
  waitingSinceMs: number | undefined
  lastRefusal: Refusal | undefined
  /** When the last line about a refusal with a code was logged (Unix ms). */
  readonly refusalsLoggedMs: Map<Refusal['code'], number>
}

export type RefreshPorts = {
  readonly source: Source
  readonly clock: Clock
  readonly log: Log
  readonly keyring: Keyring
  readonly blobCache: BlobCache
  readonly bucketReads: BucketReads
  /** The deadline of one read of the root (ms). */
  readonly readDeadlineMs: number
}

/** A slot is hot for this long after a query used it (ms). */
const hotForMs = 5 * 60_000

/** At most this many shards are fetched before a root is adopted: the free plan allows 50 subrequests in total. */
const maxPrefetched = 32

/** How long missing hot shards may delay the adoption of a newer root (ms): KV shows new keys within about a minute. */
const maxAdoptionDelayMs = 120_000

/**
 * Reads the cluster's root and adopts it if it is newer, once the changed shards that this isolate used lately have
 * been fetched. A root that fails verification is refused and recorded, and the current view stays in use.
 * Rejects if the store fails, or misses the read deadline twice.
 */
export async function refresh(state: ClusterState, ports: RefreshPorts, tasks: Tasks): Promise<void> {
  const { clock, keyring } = ports
  const { wakes } = state
  const startedAtMs = clock.now()
  state.attemptedAtMs = startedAtMs
  const value = await readValue(state, ports, tasks)
  if (value !== null && value !== state.view?.value) {
    const jws = jwsOf(value)
    const keys = await keyring.keysOf(state.cluster)
    try {
      const verified = await verifyRoot(jws, {
        cluster: state.cluster.id,
        domain: state.cluster.domain,
        keys,
        nowMs: clock.now(),
      })
      checkRootValue(value, jws, verified.root)
      if (!(await adopt(state, { verified, value }, ports, tasks))) return
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      refuse(state, error, ports)
    }
  }
  // A slow refresh may end after one that started later.
  state.checkedAtMs = Math.max(state.checkedAtMs, startedAtMs)
  state.wakesSeen = Math.max(state.wakesSeen, wakes)
}

/** True if the store reported a change after the last read of the root began. */
export function isUnseen({ wakes, wakesSeen }: ClusterState): boolean {
  return wakesSeen < wakes
}

/** The value of the newest root of the source, or null. A read that misses its deadline is repeated once. */
async function readValue(
  state: ClusterState,
  { source, clock, readDeadlineMs }: RefreshPorts,
  tasks: Tasks,
): Promise<string | null> {
  const { cluster } = state
  for (let attempt = 0; attempt < 2; attempt++) {
    const value = await within(
      source.root(cluster.id, tasks, lookFor(state)),
      readDeadlineMs,
      undefined,
      clock,
    )
    if (value !== undefined) return value
  }
  throw new Error(`two reads of the store did not finish within ${readDeadlineMs} ms each`)
}

/** Why the root has to be read. */
function lookFor(state: ClusterState): Look {
  if (state.view?.buckets?.isDamaged()) return 'damaged'
  return isUnseen(state) ? 'changed' : 'due'
}

/** False if the root has to wait for its shards and the next refresh must try again; true if nothing is left to do. */
async function adopt(
  state: ClusterState,
  { verified, value }: { readonly verified: VerifiedRoot; readonly value: string },
  ports: RefreshPorts,
  tasks: Tasks,
): Promise<boolean> {
  if (!supersedes(currentPlace(state.view), place(verified))) {
    replaceBuckets(state, value)
    return true
  }
  const next = createView(state.cluster, verified, value, state.view)
  const complete = await prefetch(state, next, ports, tasks)
  if (!complete && mayWait(state, ports.clock.now())) return false
  // Another refresh may have adopted a root in the meantime: compare with the current view again.
  if (!supersedes(currentPlace(state.view), place(verified))) return true
  state.view = { ...next, previous: state.view && { ...state.view, previous: undefined } }
  state.waitingSinceMs = undefined
  return true
}

/** Takes the buckets of the root in force from another text of the store, if those in memory are damaged. */
function replaceBuckets(state: ClusterState, value: string): void {
  const { view } = state
  if (view?.buckets?.isDamaged())
    state.view = { ...view, value, buckets: createBuckets(view.root, value, view.buckets) }
}

async function prefetch(
  state: ClusterState,
  next: View,
  ports: RefreshPorts,
  tasks: Tasks,
): Promise<boolean> {
  const { view } = state
  const slots = state.hotShards.recent(ports.clock.now(), hotForMs, maxPrefetched)
  const pairs = slots.flatMap((before) => slotsIn(next.root, before).map((slot) => ({ before, slot })))
  const located = await Promise.all(
    pairs.map(async ({ before, slot }) => ({
      before,
      hash: await hashOrRefusal(state, next, slot, ports, tasks),
    })),
  )
  const changed = located.filter(
    ({ before, hash }) => hash !== null && (!view || knownHash(view, before) !== hash),
  )
  const hashes = new Set(changed.flatMap(({ hash }) => hash ?? []))
  const fetched = [...hashes]
    .slice(0, maxPrefetched)
    .map((hash) => ports.blobCache.fetch(state.cluster.id, hash, tasks))
  const isLocated = changed.every(({ hash }) => hash !== undefined)
  return !(await Promise.all(fetched)).includes('missing') && isLocated
}

/** The hash at a slot of a view; undefined, with a recorded refusal, if its bucket is missing or wrong. */
export async function hashOrRefusal(
  state: ClusterState,
  view: View,
  slot: Slot,
  ports: Pick<RefreshPorts, 'clock' | 'log' | 'bucketReads'>,
  tasks: Tasks,
): Promise<BlobHash | null | undefined> {
  const { id } = view.cluster
  try {
    return await openHash(view, slot, (bucket, attempt) => ports.bucketReads.read(id, bucket, attempt, tasks))
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    refuse(state, error, ports)
    return undefined
  }
}

function mayWait(state: ClusterState, nowMs: number): boolean {
  if (!state.view || freshnessOf(state.view.root, nowMs) !== 'fresh') return false
  state.waitingSinceMs ??= nowMs
  return nowMs - state.waitingSinceMs < maxAdoptionDelayMs
}

function place({ root, jws }: VerifiedRoot): { generation: number; term: number; jws: string } {
  return { generation: root.generation, term: root.term, jws }
}

function currentPlace(view: View | undefined): ReturnType<typeof place> | undefined {
  return view && place(view)
}

/** The least time between two lines about one cluster with one code (ms): each query may meet the same wrong blob. */
const logEveryMs = 10_000

/** Records that a part of a cluster's snapshot was refused, and logs it now and then. */
export function refuse(
  state: ClusterState,
  { code, message }: SnapshotError,
  { clock, log }: Pick<RefreshPorts, 'clock' | 'log'>,
): void {
  const nowMs = clock.now()
  state.lastRefusal = { code, message, atMs: nowMs }
  // KV returns an older root now and then, which is not worth a log line.
  if (code === 'ROOT_OLDER' || nowMs - (state.refusalsLoggedMs.get(code) ?? -logEveryMs) < logEveryMs) return
  state.refusalsLoggedMs.set(code, nowMs)
  log.warn('snapshot refused', { cluster: state.cluster.id, code, reason: message })
}
