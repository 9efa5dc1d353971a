import type { WorkerReport } from '../observe/worker-reports.ts'

/** How often a worker reports its counts, if they have changed (ms). A worker that is killed loses those of this time. */
const reportEveryMs = 500

/** Reports the counts of this process from time to time. */
export type Reporter = {
  /** Reports now, and later after changes. */
  start(): void
  /** Reports for the last time. */
  stop(): void
}

/** A reporter that sends what `read` returns. Its timer does not keep the process alive. */
export function createReporter(read: () => WorkerReport, send: (report: WorkerReport) => void): Reporter {
  let timer: NodeJS.Timeout | undefined
  let sent: { readonly counts: Float64Array; readonly snapshots: string } | undefined
  const report = (): void => {
    const { counts, snapshots } = read()
    const text = JSON.stringify(snapshots)
    if (sent?.snapshots === text && sent.counts.every((count, at) => count === counts[at])) return
    sent = { counts: counts.slice(), snapshots: text }
    send({ counts: sent.counts, snapshots })
  }
  return {
    start() {
      report()
      timer = setInterval(report, reportEveryMs).unref()
    },
    stop() {
      clearInterval(timer)
      report()
    },
  }
}
