import { type Asking, aboveFree, type Day, paidDollars } from './model.ts'
import { paidPlanDollars, prices, pricesOf } from './prices.ts'
import type { Rehearsed } from './simulate.ts'

const minuteMs = 60_000

/** A busiest minute of this many times the mean is a burst. */
const burstFactor = 3

/** A watch, and the days that follow from it, for a program to read. */
export function costJson(watch: Rehearsed, days: readonly Day[], asking: Asking): string {
  const { watchedMs, changes, mostInMinute, rehearsals } = watch
  const settings = days.map((day, index) => ({
    ...day,
    first: rehearsals[index]?.first,
    seen: rehearsals[index]?.later,
    aboveFree: aboveFree(day),
    paidDollarsPerMonth: Math.round(paidDollars(day) * 100) / 100,
  }))
  return JSON.stringify({ watchedMs, changes, mostInMinute, ...asking, pricesOf, settings }, null, 2)
}

/** The same for people: lines. */
export function costText(watch: Rehearsed, days: readonly Day[], asking: Asking): string[] {
  const { watchedMs, changes, rehearsals } = watch
  const first = rehearsals[0]?.first ?? { blobs: 0, publishes: 0, bytes: 0 }
  return [
    `watched ${Math.round(watchedMs / 1000)} s: ${changes} changes that DNS could notice`,
    `the first snapshot, once: ${first.blobs + first.publishes} keys, ${Math.ceil(first.bytes / 1000)} kB`,
    `a day at this rate, with ${figure(asking.queriesPerDay)} queries to ${asking.isolates} isolates:`,
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

/** What the figures do not say by themselves. */
function notes({ watchedMs, changes, mostInMinute }: Rehearsed, days: readonly Day[]): string[] {
  const meanPerMinute = changes / Math.max(1, watchedMs / minuteMs)
  const isBurst = mostInMinute > burstFactor * meanPerMinute
  const isShort = days.some(({ intervalMs }) => watchedMs < 10 * intervalMs)
  return [
    ...(isBurst
      ? [`! a burst: ${mostInMinute} changes in one minute. A day of such minutes is unlikely: watch longer.`]
      : []),
    ...(isShort
      ? ['! watched for less than ten of the longer intervals: their figures are coarse. Watch longer.']
      : []),
    'A day is the watched time, repeated: a rollout, a night or a weekend that was not watched is not in it.',
    'Reads are an upper bound: each isolate reads a root and a shard at most every 30 s, and never more than that for a query.',
    'Deletes too: a blob that comes back within 24 hours is not deleted.',
    'An agent told of a daily limit (KUBEDOH_WRITES_PER_DAY, 1000 by default) publishes less often rather than pass it.',
    `Prices of ${pricesOf}: Workers KV, Workers and Durable Objects; $${paidPlanDollars} a month are included, CPU time is not.`,
  ]
}

function figure(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Rows of cells → lines of columns, all to the right but the last. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === head.length - 1 ? cell : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
}
