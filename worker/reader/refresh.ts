import { SnapshotError } from '../../snapshot/errors.ts'
import type { Refusal } from '../../snapshot/ingest.ts'
import { rootKey } from '../../snapshot/keys.ts'
import { supersedes, type VerifiedRoot, verifyRoot } from '../../snapshot/root.ts'
import { freshnessOf } from '../answer/freshness.ts'
import { hashAt, slotsIn } from '../answer/needs.ts'
import { type Clock, within } from '../clock.ts'
import type { ClusterConfig } from '../config.ts'
import type { KvReader, Log, Tasks } from '../ports.ts'
import { type Shelves, shortestCacheTtl } from './blob-cache.ts'
import type { Usage } from './hot-shards.ts'
import type { Keyring } from './keyring.ts'
import { createView, type View } from './view.ts'

/** What an isolate holds of one cluster. */
export type Held = {
  readonly cluster: ClusterConfig
  readonly usage: Usage
  view: View | undefined
  /** When the read began that last told which root is the newest, Unix ms. */
  checkedAtMs: number
  /** How often the store has told of a change, and how many of these the last such read could see. */
  wakes: number
  wakesSeen: number
  /** When the last such read began, whatever became of it. */
  attemptedAtMs: number
  /** Until when queries wait for the first look after an idle time, Unix ms. */
  idleWaitEndMs: number
  /** Since when a newer root waits for its shards, Unix ms. */
  waitingSinceMs: number | undefined
  lastRefusal: Refusal | undefined
}

export type RefreshPorts = {
  readonly kv: KvReader
  readonly clock: Clock
  readonly log: Log
  readonly keyring: Keyring
  readonly shelves: Shelves
  /** One read of the root may take this long, in ms. */
  readonly readDeadlineMs: number
}

/** Slots count as hot for this long after a query used them, in ms. */
const hotForMs = 5 * 60_000

/** Shards fetched before a root is adopted, at most: the free plan's 50 subrequests leave room for others. */
const maxPrefetched = 32

/** How long hot shards may keep a newer root from being adopted, in ms: KV shows new keys within a minute or so. */
const patienceMs = 120_000

/**
 * Reads the cluster's root and, when it is a newer one, adopts it, after the changed shards that this isolate
 * used lately have been fetched. A root that does not hold is refused and remembered; the view before stands.
 * Rejects when the store fails, or is late twice.
 */
export async function refresh(held: Held, ports: RefreshPorts, tasks: Tasks): Promise<void> {
  const { clock, keyring } = ports
  const { wakes } = held
  const startedAtMs = clock.now()
  held.attemptedAtMs = startedAtMs
  const jws = await readRoot(rootKey(held.cluster.id), ports)
  if (jws !== null && jws !== held.view?.jws) {
    const keys = await keyring.keysOf(held.cluster)
    try {
      const verified = await verifyRoot(jws, { cluster: held.cluster.id, keys, nowMs: clock.now() })
      if (!(await adopt(held, verified, ports, tasks))) return
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      refuse(held, error, ports)
    }
  }
  // A slow refresh may end after one that began later.
  held.checkedAtMs = Math.max(held.checkedAtMs, startedAtMs)
  held.wakesSeen = Math.max(held.wakesSeen, wakes)
}

/** The text under the root's key; a read that does not end in time is given up and begun anew, once. */
async function readRoot(key: string, { kv, clock, readDeadlineMs }: RefreshPorts): Promise<string | null> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const jws = await within(kv.get(key, { cacheTtl: shortestCacheTtl }), readDeadlineMs, undefined, clock)
    if (jws !== undefined) return jws
  }
  throw new Error(`the store did not answer within ${readDeadlineMs} ms, twice`)
}

/** True when the root is adopted; false when its shards are not there yet, and the next refresh tries again. */
async function adopt(
  held: Held,
  verified: VerifiedRoot,
  ports: RefreshPorts,
  tasks: Tasks,
): Promise<boolean> {
  if (!supersedes(standing(held.view), place(verified))) return true
  const complete = await prefetch(held, verified, ports, tasks)
  if (!complete && mayWait(held, ports.clock.now())) return false
  // Another refresh may have been quicker: what is held now decides.
  if (!supersedes(standing(held.view), place(verified))) return true
  held.view = createView(held.cluster, verified, held.view)
  held.waitingSinceMs = undefined
  return true
}

async function prefetch(
  held: Held,
  { root }: VerifiedRoot,
  ports: RefreshPorts,
  tasks: Tasks,
): Promise<boolean> {
  const nowMs = ports.clock.now()
  const before = held.view?.root
  const changed = held.usage
    .recent(nowMs, hotForMs, maxPrefetched)
    .flatMap((slot) => slotsIn(root, slot).map((next) => ({ slot, hash: hashAt(root, next) })))
    .filter(({ slot, hash }) => hash !== null && (!before || hashAt(before, slot) !== hash))
  const hashes = new Set(changed.flatMap(({ hash }) => hash ?? []))
  const fetched = [...hashes]
    .slice(0, maxPrefetched)
    .map((hash) => ports.shelves.fetch(held.cluster.id, hash, tasks))
  return !(await Promise.all(fetched)).includes('missing')
}

function mayWait(held: Held, nowMs: number): boolean {
  if (!held.view || freshnessOf(held.view.root, nowMs) !== 'fresh') return false
  held.waitingSinceMs ??= nowMs
  return nowMs - held.waitingSinceMs < patienceMs
}

function place({ root, jws }: VerifiedRoot): { generation: number; term: number; jws: string } {
  return { generation: root.generation, term: root.term, jws }
}

function standing(view: View | undefined): { generation: number; term: number; jws: string } | undefined {
  return view && place(view)
}

/** Remembers that a part of a cluster's snapshot was refused, and says so in the log. */
export function refuse(
  held: Held,
  { code, message }: SnapshotError,
  { clock, log }: Pick<RefreshPorts, 'clock' | 'log'>,
): void {
  held.lastRefusal = { code, message, atMs: clock.now() }
  // Reads of KV go backwards now and then; that is no news.
  if (code !== 'ROOT_OLDER') log.warn('snapshot refused', { cluster: held.cluster.id, code, reason: message })
}
