import { aboveFree, type Day, paidDollars, type QueryLoad } from './model.ts'
import { paidPlanDollars, prices, pricesOf } from './prices.ts'
import type { Watched } from './simulate.ts'

const minuteMs = 60_000

/** The changes are a burst if the busiest minute has this many times the mean. */
const burstFactor = 3

/** The result of a watch, and the days computed from it, as JSON. */
export function costJson(watch: Watched, days: readonly Day[], load: QueryLoad): string {
  const { watchedMs, changes, mostInMinute, simulations } = watch
  const settings = days.map((day, index) => ({
    ...day,
    first: simulations[index]?.first,
    seen: simulations[index]?.later,
    aboveFree: aboveFree(day),
    paidDollarsPerMonth: Math.round(paidDollars(day) * 100) / 100,
  }))
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
  ...['interval', 'publishes', 'heartbeats', 'key writes', 'deletes', 'reads', 'requests'],
  ...['$ a month', 'free plan'],
]

function cells(day: Day): string[] {
  const { intervalMs, publishes, heartbeats, use } = day
  const above = aboveFree(day).map((meter) => prices[meter].label)
  const figures = [publishes, heartbeats, use.kvWrites, use.kvDeletes, use.kvReads, use.workerRequests]
  return [
    intervalMs % 1000 === 0 ? `${intervalMs / 1000} s` : `${intervalMs} ms`,
    ...figures.map(figure),
    paidDollars(day).toFixed(2),
    above.length === 0 ? 'fits' : `above: ${above.join(', ')}`,
  ]
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
    'Reads are an upper bound: each isolate reads a root and a shard at most every 30 s, and at most these two for a query.',
    'Deletes are an upper bound: a blob that is used again within 24 hours is not deleted.',
    'Where the edge declares a daily limit (KUBEDOH_WRITES_PER_DAY, 1000 by default), the agent publishes less often to stay below it.',
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
