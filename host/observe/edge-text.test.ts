import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExposition } from '../../observe/exposition.case.ts'
import { clusterConfig } from '../../worker/edge.case.ts'
import { cellsFor } from './cells.ts'
import { type EdgeReport, edgeText } from './edge-text.ts'

const cells = cellsFor({ clusters: [clusterConfig({})] })

function read(report: Partial<EdgeReport>): ReturnType<typeof readExposition> {
  const counts = new Float64Array(cells.size)
  const whole = { counts, snapshots: [], workers: { running: 1, ended: 0 }, ...report }
  return readExposition(edgeText(cells, whole, 10_000))
}

test('generation, age and state of each snapshot; a static one has no age, a missing one neither', () => {
  const status = { generation: 7, asOfMs: 4_000, lastRefusal: undefined }
  const families = read({
    snapshots: [
      { ...status, cluster: 'a', state: 'stale' },
      { ...status, cluster: 'b', state: 'static' },
      { ...status, cluster: 'c', state: 'none', generation: undefined, asOfMs: undefined },
    ],
  })
  const samples = (name: string): Record<string, number> =>
    Object.fromEntries([...(families.get(name)?.samples ?? [])].filter(([, value]) => value !== 0))
  assert.deepEqual(samples('kubedoh_snapshot_generation'), {
    'kubedoh_snapshot_generation{cluster="a"}': 7,
    'kubedoh_snapshot_generation{cluster="b"}': 7,
  })
  assert.deepEqual(samples('kubedoh_snapshot_age_seconds'), {
    'kubedoh_snapshot_age_seconds{cluster="a"}': 6,
  })
  assert.deepEqual(samples('kubedoh_snapshot_state'), {
    'kubedoh_snapshot_state{cluster="a",state="stale"}': 1,
    'kubedoh_snapshot_state{cluster="b",state="static"}': 1,
    'kubedoh_snapshot_state{cluster="c",state="none"}': 1,
  })
})

test('an age is never negative', () => {
  const families = read({
    snapshots: [{ cluster: 'a', state: 'fresh', generation: 1, asOfMs: 11_000, lastRefusal: undefined }],
  })
  assert.deepEqual([...(families.get('kubedoh_snapshot_age_seconds')?.samples.values() ?? [])], [0])
})

test('the processes that answer and those that ended', () => {
  const families = read({ workers: { running: 3, ended: 2 } })
  assert.equal(families.get('kubedoh_edge_workers')?.samples.get('kubedoh_edge_workers'), 3)
  const exits = 'kubedoh_edge_worker_exits_total'
  assert.equal(families.get(exits)?.samples.get(exits), 2)
})
