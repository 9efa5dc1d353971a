import { setTimeout as sleep } from 'node:timers/promises'
import { SnapshotError } from '../../snapshot/errors.ts'
import { importTrustedKeys } from '../../snapshot/key.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { ClusterConfig } from '../../worker/config.ts'
import type { Log } from '../../worker/ports.ts'
import type { Register } from '../../worker/register/register.ts'
import { errorText } from '../errors.ts'
import { type Copying, CopyRefused, copyRoot, readHeld } from './copy-root.ts'
import { FollowError } from './errors.ts'
import { createFollowReport, type Failure, type FollowReport } from './follow-report.ts'
import type { HeldRoot } from './held-root.ts'
import { createSourceClient, type SourcePlace } from './source-client.ts'

/** The store of the edge that follows. */
export type FollowTarget = {
  readonly register: Register
  /** Called after a root of this cluster was put in force. */
  readonly onRoot: (cluster: string) => void
}

/** A follower that has not begun yet. */
export type Follower = Pick<FollowReport, 'text' | 'readyz'> & {
  /** Begins to follow; the result ends it at once, whatever is under way. */
  start(target: FollowTarget): { stop(): void }
}

export type FollowerOptions = {
  readonly place: SourcePlace
  readonly clusters: readonly ClusterConfig[]
  readonly log: Log
  /** Unix ms. */
  readonly nowMs: () => number
  /** The wait after the `failures`-th failure in a row, from 1 (ms). */
  readonly retryMs: (failures: number) => number
}

/** The time between two looks at a source that answers (ms). A head has a hundred bytes. */
export const lookEveryMs = 1_000

/**
 * Copies the snapshots of all clusters from another edge into the register of this one, each cluster by itself: a source that
 * is away, or gives a root that must not be used, leaves the root in force as it is.
 */
export function createFollower(options: FollowerOptions): Follower {
  const { place, clusters, log } = options
  const ids = clusters.map(({ id }) => id)
  const report = createFollowReport(ids, place.url, log)
  return {
    text: report.text,
    readyz: report.readyz,
    start(target) {
      const ending = new AbortController()
      for (const cluster of clusters) void follow(cluster, target, options, report, ending.signal)
      return { stop: () => ending.abort() }
    },
  }
}

/** Follows one cluster until the signal aborts. Never rejects. */
async function follow(
  cluster: ClusterConfig,
  { register, onRoot }: FollowTarget,
  { place, nowMs, retryMs }: FollowerOptions,
  report: FollowReport,
  signal: AbortSignal,
): Promise<void> {
  const source = createSourceClient(place, cluster.id, { nowMs, signal })
  const stored = new Set<BlobHash>()
  let copying: Copying | undefined
  let held: HeldRoot | undefined
  let failures = 0
  while (!signal.aborted) {
    let waitMs = lookEveryMs
    try {
      // After a failure, another writer may have changed the register.
      if (!copying || failures > 0) {
        const keys = await importTrustedKeys(cluster.keys)
        copying = { cluster, keys, source, register, stored, nowMs }
        held = await readHeld(copying)
      }
      const look = await copyRoot(copying, held)
      held = look.held
      failures = 0
      report.looked(cluster.id, look, nowMs())
      if (look.result === 'copied') onRoot(cluster.id)
    } catch (error) {
      if (signal.aborted) return
      failures++
      waitMs = retryMs(failures)
      report.failed(cluster.id, failureOf(error), waitMs)
    }
    await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

function failureOf(error: unknown): Failure {
  const reason = errorText(error)
  if (error instanceof FollowError) return { code: error.code, reason, isRefused: false }
  if (error instanceof SnapshotError || error instanceof CopyRefused)
    return { code: error.code, reason, isRefused: true }
  return { code: 'STORE_FAILED', reason, isRefused: false }
}
