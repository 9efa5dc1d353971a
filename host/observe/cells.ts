import type { EdgeConfig } from '../../worker/config.ts'
import type { EdgeMetric } from './edge-rows.ts'
import {
  connectionTransports,
  ingestCodes,
  limits,
  rcodes,
  statuses,
  transports,
  types,
  upstreamResults,
  zonesOf,
} from './label-values.ts'

/** The metrics that a process counts; the others are read when they are shown. */
export type CountedMetric = Exclude<EdgeMetric, 'generation' | 'age' | 'state' | 'workers' | 'ended'>

/** The cells of one metric: a block for each combination of label values, the last label's values next to each other. */
export type Block = {
  /** The index of the first cell. */
  readonly base: number
  /** The values of each label, in the row's order. */
  readonly axes: readonly (readonly string[])[]
  /** Cells of one series: 1, and of a histogram its buckets, +Inf and the sum. */
  readonly width: number
}

/** Where each metric's cells are in the array of a process's counts. */
export type Cells = { readonly blocks: Readonly<Record<CountedMetric, Block>>; readonly size: number }

/** The smallest bound is 1/32 ms, so that an answer from memory is not in the first bucket. CoreDNS begins at 1/4 ms. */
const firstBoundMs = 1 / 32

/** The buckets' upper bounds (s), each twice the one before, up to 8 s as in CoreDNS (plugin/metrics). */
export const durationBounds: readonly number[] = Array.from(
  { length: 19 },
  (_, index) => (firstBoundMs * 2 ** index) / 1000,
)

/** The index of a duration's bucket; `durationBounds.length` is +Inf. */
export function bucketOf(ms: number): number {
  const steps = Math.ceil(ms / firstBoundMs)
  return steps <= 1 ? 0 : Math.min(durationBounds.length, 32 - Math.clz32(Math.min(steps, 2 ** 31) - 1))
}

/** The cells of an edge with this configuration. Processes with one configuration have the same. */
export function cellsFor(config: Pick<EdgeConfig, 'clusters'>): Cells {
  const zones = zonesOf(config)
  const axes: Readonly<Record<CountedMetric, Block['axes']>> = {
    requests: [zones, transports, types],
    responses: [zones, rcodes],
    duration: [zones, transports],
    cacheHits: [],
    cacheMisses: [],
    http: [statuses],
    limits: [limits],
    upstream: [upstreamResults],
    refusals: [ingestCodes],
    opened: [connectionTransports],
    open: [connectionTransports],
  }
  let size = 0
  const blocks = Object.entries(axes).map(([metric, each]) => {
    const width = metric === 'duration' ? durationBounds.length + 2 : 1
    const block: Block = { base: size, axes: each, width }
    size += width * each.reduce((product, values) => product * values.length, 1)
    return [metric, block] as const
  })
  return { blocks: Object.fromEntries(blocks) as Record<CountedMetric, Block>, size }
}
