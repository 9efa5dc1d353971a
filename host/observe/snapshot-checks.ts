import type { Check } from '../../observe/health-checks.ts'
import type { SnapshotStatus } from '../../worker/embedded.ts'

/**
 * A check for each cluster, which fails while there is no snapshot of it. A snapshot that is stale or has expired is no
 * failure: another replica would have no newer one. It is a warning.
 */
export function snapshotChecks(
  clusters: readonly string[],
  statuses: () => readonly SnapshotStatus[],
): Check[] {
  return clusters.map((id) => {
    const status = (): SnapshotStatus | undefined => statuses().find(({ cluster }) => cluster === id)
    return {
      name: `snapshot-${id}`,
      problem: () => problemOf(status()),
      warning: () => warningOf(status()),
    }
  })
}

function problemOf(status: SnapshotStatus | undefined): string | undefined {
  if (status && status.state !== 'none') return undefined
  const refused = status?.lastRefusal
  return refused === undefined
    ? 'no snapshot has been received yet; check the agent of the cluster'
    : `the last snapshot was refused with ${refused}; see the log`
}

function warningOf(status: SnapshotStatus | undefined): string | undefined {
  if (status?.state === 'stale') return 'the snapshot is stale; check the agent of the cluster'
  return status?.state === 'expired' ? 'the snapshot has expired; check the agent of the cluster' : undefined
}
