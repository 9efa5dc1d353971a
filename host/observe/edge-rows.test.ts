import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExposition } from '../../observe/exposition.case.ts'
import { processRows } from '../../observe/process-metrics.ts'
import { metricRows } from '../../sync/observe/metric-rows.ts'
import { clusterConfig } from '../../worker/edge.case.ts'
import { cellsFor } from './cells.ts'
import { edgeRows } from './edge-rows.ts'
import { edgeText } from './edge-text.ts'

test('every metric is written, with its labels in the order of its row', () => {
  const cells = cellsFor({ clusters: [clusterConfig({})] })
  const counts = new Float64Array(cells.size).fill(1)
  const snapshots = [
    { cluster: 'a', state: 'fresh', generation: 1, asOfMs: 1, lastRefusal: undefined },
  ] as const
  const families = readExposition(
    edgeText(cells, { counts, snapshots, workers: { running: 1, ended: 1 } }, 1),
  )
  const rows = Object.values(edgeRows)
  assert.deepEqual([...families.keys()].toSorted(), rows.map(({ name }) => name).toSorted())
  for (const { name, labels } of rows) {
    const [sample = ''] = [...(families.get(name)?.samples.keys() ?? [])]
    const given = [...sample.matchAll(/(\w+)="/g)].map(([, label]) => label).filter((label) => label !== 'le')
    assert.deepEqual(given, labels, name)
  }
})

test('names follow the conventions of Prometheus, and no agent or process has a metric of the same name', () => {
  const others = new Set(
    [...Object.values(metricRows), ...Object.values(processRows)].map(({ name }) => name),
  )
  for (const { name, type, labels, help } of Object.values(edgeRows)) {
    assert.match(name, /^kubedoh_[a-z]+(_[a-z]+)*$/)
    assert.equal(name.endsWith('_total'), type === 'counter', name)
    if (type === 'histogram') assert.match(name, /_seconds$/)
    for (const label of labels) assert.match(label, /^[a-z]+$/)
    assert.match(help, /^[A-Z1].*\.$/, name)
    assert.ok(!others.has(name), name)
  }
})
