import { SnapshotError } from '../../snapshot/errors.ts'
import type { Tasks } from '../../worker/ports.ts'
import type { Source } from '../../worker/source/source.ts'
import { errorText, HostError } from '../errors.ts'

/** The time between two attempts (ms). */
const pauseMs = 250

const noTasks: Tasks = { waitUntil: () => undefined }

/**
 * Reads the root of each cluster once, so that an edge which is ready knows it, also if the store goes away right then. The leader
 * of a bucket that was just created may not hear the first requests, so each is repeated until `deadlineMs` (by `performance.now`).
 * A root that cannot be read whole is left to the reader, and to the next publish. Rejects with HostError STORE_UNREACHABLE.
 */
export async function readFirstRoots(
  source: Pick<Source, 'root'>,
  clusters: readonly string[],
  deadlineMs: number,
): Promise<void> {
  await Promise.all(clusters.map((cluster) => readRoot(source, cluster, deadlineMs)))
}

async function readRoot(source: Pick<Source, 'root'>, cluster: string, deadlineMs: number): Promise<void> {
  for (;;) {
    try {
      await source.root(cluster, noTasks, 'due')
      return
    } catch (error) {
      if (error instanceof SnapshotError) return
      if (performance.now() > deadlineMs)
        throw new HostError(
          'STORE_UNREACHABLE',
          `the root of ${cluster} cannot be read: ${errorText(error)}`,
          {
            cause: error,
          },
        )
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
