import type { SnapshotStatus } from '../../worker/embedded.ts'
import type { Cells } from './cells.ts'
import type { EdgeReport } from './edge-text.ts'

/** The counts and snapshots of one worker process. All of it can be cloned (structured clone). */
export type WorkerReport = Pick<EdgeReport, 'counts' | 'snapshots'>

/** The reports of all worker processes, by the worker's number. */
export type WorkerReports = {
  /** Takes a report, which replaces the worker's previous one: counts are since the worker's start. */
  take(worker: number, report: WorkerReport): void
  /** Keeps the counts of a worker that has ended. */
  end(worker: number): void
  /** The sum over all workers. Of each cluster the oldest snapshot that one of them answers from. */
  whole(): EdgeReport
}

/** Reports of no workers. */
export function createWorkerReports({ blocks, size }: Cells): WorkerReports {
  const running = new Map<number, WorkerReport>()
  const kept = new Float64Array(size)
  let ended = 0
  return {
    take: (worker, report) => void running.set(worker, report),
    end(worker) {
      ended++
      const last = running.get(worker)
      if (!last) return
      running.delete(worker)
      addTo(kept, last.counts)
      // Its connections are closed.
      const { base, axes } = blocks.open
      kept.fill(0, base, base + (axes[0]?.length ?? 0))
    },
    whole() {
      const counts = kept.slice()
      for (const report of running.values()) addTo(counts, report.counts)
      const snapshots = oldestOf([...running.values()].flatMap((report) => report.snapshots))
      return { counts, snapshots, workers: { running: running.size, ended } }
    },
  }
}

function addTo(sum: Float64Array, counts: Float64Array): void {
  for (const [at, count] of counts.entries()) sum[at] = (sum[at] ?? 0) + count
}

function oldestOf(statuses: readonly SnapshotStatus[]): SnapshotStatus[] {
  const oldest = new Map<string, SnapshotStatus>()
  for (const status of statuses) {
    const known = oldest.get(status.cluster)
    if (!known || (status.generation ?? 0) < (known.generation ?? 0)) oldest.set(status.cluster, status)
  }
  return [...oldest.values()]
}
