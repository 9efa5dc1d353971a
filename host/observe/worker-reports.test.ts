import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterConfig } from '../../worker/edge.case.ts'
import type { SnapshotStatus } from '../../worker/embedded.ts'
import { cellsFor } from './cells.ts'
import { createEdgeMeter } from './edge-meter.ts'
import { createWorkerReports, type WorkerReport } from './worker-reports.ts'

const cells = cellsFor({ clusters: [clusterConfig({})] })
const { cacheHits, open } = cells.blocks

/** A worker with this many cache hits and open connections. */
function reportOf(
  hits: number,
  connections: number,
  snapshots: readonly SnapshotStatus[] = [],
): WorkerReport {
  const { meter, counts } = createEdgeMeter(cells)
  for (let hit = 0; hit < hits; hit++) meter.searched(true)
  for (let connection = 0; connection < connections; connection++) meter.connected('http1')
  return { counts, snapshots }
}

test('counts are summed, and a worker that ended keeps its counts but not its connections', () => {
  const reports = createWorkerReports(cells)
  reports.take(1, reportOf(2, 3))
  reports.take(1, reportOf(5, 3))
  reports.take(2, reportOf(10, 4))
  const before = reports.whole()
  assert.deepEqual([before.counts[cacheHits.base], before.counts[open.base]], [15, 7])
  assert.deepEqual(before.workers, { running: 2, ended: 0 })
  reports.end(1)
  reports.take(3, reportOf(1, 0))
  reports.end(4)
  const after = reports.whole()
  assert.deepEqual([after.counts[cacheHits.base], after.counts[open.base]], [16, 4])
  assert.deepEqual(after.workers, { running: 2, ended: 2 })
})

test('of each cluster the oldest snapshot counts, and none is the oldest', () => {
  const status = (cluster: string, generation: number | undefined): SnapshotStatus => ({
    ...{ cluster, generation, asOfMs: generation, lastRefusal: undefined },
    state: generation === undefined ? 'none' : 'fresh',
  })
  const reports = createWorkerReports(cells)
  reports.take(1, reportOf(0, 0, [status('a', 5), status('b', undefined)]))
  reports.take(2, reportOf(0, 0, [status('a', 3), status('b', 9)]))
  assert.deepEqual(reports.whole().snapshots, [status('a', 3), status('b', undefined)])
})
