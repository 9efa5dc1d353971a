import { type Counts, histogramText, numbersText, type Sample } from '../../observe/prometheus.ts'
import type { SnapshotStatus } from '../../worker/embedded.ts'
import { type Block, type Cells, type CountedMetric, durationBounds } from './cells.ts'
import { edgeRows } from './edge-rows.ts'

/** All that the metrics of an edge are written from. */
export type EdgeReport = {
  readonly counts: Float64Array
  readonly snapshots: readonly SnapshotStatus[]
  /** Processes that answer, and worker processes that ended. */
  readonly workers: { readonly running: number; readonly ended: number }
}

const states: readonly SnapshotStatus['state'][] = ['fresh', 'stale', 'expired', 'static', 'none']

/** Metrics whose series have a zone or an HTTP status: too many to be shown before the first query. */
const sparse: ReadonlySet<CountedMetric> = new Set(['requests', 'responses', 'http'])

/** The metrics of an edge in Prometheus' text format. `nowMs` is Unix ms. */
export function edgeText(
  { blocks }: Cells,
  { counts, snapshots, workers }: EdgeReport,
  nowMs: number,
): string {
  const { duration, ...numbers } = blocks
  const counted = Object.entries(numbers).map(([metric, block]) => {
    const samples = samplesOf(block, counts)
    const key = metric as Exclude<CountedMetric, 'duration'>
    return numbersText(edgeRows[key], sparse.has(key) ? samples.filter(({ value }) => value > 0) : samples)
  })
  return [
    ...counted,
    histogramText(edgeRows.duration, durationBounds, durationsOf(duration, counts)),
    ...snapshotTexts(snapshots, nowMs),
    numbersText(edgeRows.workers, [{ values: [], value: workers.running }]),
    numbersText(edgeRows.ended, [{ values: [], value: workers.ended }]),
  ].join('')
}

function snapshotTexts(snapshots: readonly SnapshotStatus[], nowMs: number): string[] {
  const known = snapshots.flatMap(({ cluster, state, generation, asOfMs }) =>
    generation === undefined || asOfMs === undefined
      ? []
      : [{ values: [cluster], state, generation, asOfMs }],
  )
  return [
    numbersText(
      edgeRows.generation,
      known.map(({ values, generation }) => ({ values, value: generation })),
    ),
    numbersText(
      edgeRows.age,
      known
        .filter(({ state }) => state !== 'static')
        .map(({ values, asOfMs }) => ({ values, value: Math.max(0, nowMs - asOfMs) / 1000 })),
    ),
    numbersText(
      edgeRows.state,
      snapshots.flatMap(({ cluster, state }) =>
        states.map((each) => ({ values: [cluster, each], value: each === state ? 1 : 0 })),
      ),
    ),
  ]
}

/** The label values of each series of a block, and the index of its first cell. */
function seriesOf({ base, axes, width }: Block): { values: readonly string[]; at: number }[] {
  const combinations = axes.reduce<readonly string[][]>(
    (all, axis) => all.flatMap((values) => axis.map((value) => [...values, value])),
    [[]],
  )
  return combinations.map((values, index) => ({ values, at: base + index * width }))
}

function samplesOf(block: Block, counts: Float64Array): Sample[] {
  return seriesOf(block).map(({ values, at }) => ({ values, value: counts[at] ?? 0 }))
}

/** The series of a histogram that have values. Cells count each value once, the text counts it in all larger buckets. */
function durationsOf(block: Block, counts: Float64Array): Counts[] {
  return seriesOf(block).flatMap(({ values, at }) => {
    let count = 0
    const buckets = durationBounds.map((_, index) => (count += counts[at + index] ?? 0))
    count += counts[at + durationBounds.length] ?? 0
    const sum = counts[at + durationBounds.length + 1] ?? 0
    return count === 0 ? [] : [{ values, buckets, sum, count }]
  })
}
