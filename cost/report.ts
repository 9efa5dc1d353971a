import { aboveFree, type Day, dayMs, freeCheckpointMs, paidDollars, type QueryLoad } from './model.ts'
import { paidPlanDollars, prices, pricesOf } from './prices.ts'
import type { Watched } from './simulate.ts'

const minuteMs = 60_000

/** The changes are a burst if the busiest minute has this many times the mean. */
const burstFactor = 3

/** The result of a watch, and the days computed from it, as JSON. */
export function costJson(watch: Watched, days: readonly Day[], load: QueryLoad): string {
  const { watchedMs, changes, mostInMinute, simulations } = watch
  const settings = days.map((day) => {
    const simulation = simulations.find(({ intervalMs }) => intervalMs === day.intervalMs)
    return {
      ...day,
      first: simulation?.first,
      seen: simulation?.later,
      freeCheckpointMs: freeCheckpointMs(day),
      aboveFree: aboveFree(day),
      paidDollarsPerMonth: Math.round(paidDollars(day) * 100) / 100,
    }
  })
  return JSON.stringify({ watchedMs, changes, mostInMinute, ...load, pricesOf, settings }, null, 2)
}

/** The same as lines of text. */
export function costText(watch: Watched, days: readonly Day[], load: QueryLoad): string[] {
  const { watchedMs, changes, simulations } = watch
  const first = simulations[0]?.first ?? { blobs: 0, publishes: 0, bytes: 0 }
  return [
    `watched for ${Math.round(watchedMs / 1000)} s: ${changes} changes that concern DNS`,
    `the first snapshot (once): ${first.blobs + first.publishes} keys, ${Math.ceil(first.bytes / 1000)} kB`,
    `a day at this rate, with ${figure(load.queriesPerDay)} queries to ${load.isolates} isolates:`,
    '',
    ...table([head, ...days.map(cells)]),
    '',
    ...notes(watch, days),
  ]
}

const head = [
  ...['read from', 'interval', 'publishes', 'heartbeats', 'key writes', 'deletes', 'key reads', 'requests'],
  ...['object requests', 'rows written', 'rows read', '$ a month', 'free plan'],
]

function cells(day: Day): string[] {
  const { edge, intervalMs, publishes, heartbeats, use } = day
  const keys = [use.kvWrites, use.kvDeletes, use.kvReads]
  const others = [use.workerRequests, use.objectRequests, use.objectRowsWritten, use.objectRowsRead]
  return [
    edge === 'kv' ? 'KV' : 'register',
    intervalMs % 1000 === 0 ? `${intervalMs / 1000} s` : `${intervalMs} ms`,
    ...[publishes, heartbeats, ...keys, ...others].map(figure),
    paidDollars(day).toFixed(2),
    freePlan(day),
  ]
}

function freePlan(day: Day): string {
  const above = aboveFree(day).map((meter) => prices[meter].label)
  const betweenMs = freeCheckpointMs(day) ?? 0
  const isSlower = betweenMs > 1.5 * (dayMs / day.checkpoints)
  const checkpoints = isSlower ? `, a checkpoint every ${Math.ceil(betweenMs / minuteMs)} min` : ''
  return `${above.length === 0 ? 'fits' : `above: ${above.join(', ')}`}${checkpoints}`
}

/** Notes on how to read the figures. */
function notes({ watchedMs, changes, mostInMinute }: Watched, days: readonly Day[]): string[] {
  const meanPerMinute = changes / Math.max(1, watchedMs / minuteMs)
  const isBurst = mostInMinute > burstFactor * meanPerMinute
  const isShort = days.some(({ intervalMs }) => watchedMs < 10 * intervalMs)
  return [
    ...(isBurst
      ? [`! a burst: ${mostInMinute} changes in one minute. A whole day like that is unlikely: watch longer.`]
      : []),
    ...(isShort
      ? [
          '! the watch was shorter than ten times the longer intervals, so their figures are coarse: watch longer.',
        ]
      : []),
    'The watched time is extrapolated to a day: rollouts, nights and weekends outside of it are not included.',
    'Read from register: the register serves, which is the default of the Worker; from KV: KUBEDOH_REGISTER_SERVES is false.',
    'Reads are an upper bound: each isolate reads a root and a shard at most every 30 s, and at most these two for a query. Of a register that serves it asks for the root every 2 s at most, and once for a query.',
    'Rows are an upper bound: each changed blob counts as one changed bucket, each row that is written as one and a half that are read.',
    'An object that is asked all the time uses 11,060 GB-s a day of the 13,000 of the free plan: there, one cluster fits.',
    'Deletes are an upper bound: a blob that is used again within 24 hours is not deleted.',
    'Where the edge has a daily limit, nothing is cut off: the agent publishes less often (KUBEDOH_ROWS_PER_DAY, without a register KUBEDOH_WRITES_PER_DAY), isolates ask less often (KUBEDOH_READS_PER_DAY), checkpoints are further apart (KUBEDOH_WRITES_PER_DAY).',
    `Prices of ${pricesOf} for Workers KV, Workers and Durable Objects, including the base price of $${paidPlanDollars} a month, without CPU time.`,
  ]
}

function figure(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Rows of cells → lines; all columns but the last are aligned to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === head.length - 1 ? cell : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
}
