import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { WorkerReport } from '../observe/worker-reports.ts'
import { createReporter } from './reporter.ts'

test('a worker reports at once, then only changes, and a last time at its end', (t: TestContext) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const counts = new Float64Array(2)
  let snapshots: WorkerReport['snapshots'] = []
  const sent: [number[], number][] = []
  const reporter = createReporter(
    () => ({ counts, snapshots }),
    (report) => sent.push([[...report.counts], report.snapshots.length]),
  )
  reporter.start()
  t.mock.timers.tick(2_000)
  assert.deepEqual(sent.splice(0), [[[0, 0], 0]])
  counts[1] = 4
  t.mock.timers.tick(2_000)
  assert.deepEqual(sent.splice(0), [[[0, 4], 0]])
  snapshots = [
    { cluster: 'a', state: 'none', generation: undefined, asOfMs: undefined, lastRefusal: undefined },
  ]
  t.mock.timers.tick(500)
  assert.deepEqual(sent.splice(0), [[[0, 4], 1]])
  counts[0] = 1
  reporter.stop()
  t.mock.timers.tick(2_000)
  assert.deepEqual(sent, [[[1, 4], 1]])
})
