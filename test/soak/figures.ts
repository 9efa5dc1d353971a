import type { Sample, Series } from './leaks.ts'
import type { Held } from './process.ts'

/** What was seen at one moment. */
export type Look = {
  readonly atMs: number
  readonly agent: Held
  readonly edge: Held
  readonly edgePid: number
}

/** The first part of the time, while heaps find their size, counts for nothing. */
const warmUp = 1 / 4

/** Growth that is allowed, an hour. A leak of one object for each change at ten a second is far above. */
export const limits = { heapMb: 2, residentMb: 8, timers: 6, files: 6, threads: 2 }

/** How long a figure has to be looked at: pages come and go for longer than what is kept on them. */
export const shortestMs = { heap: 480_000, resident: 1_800_000, others: 120_000 }

/** Heaps after collections, each by its own process's time: what is kept, with nothing that only waits to be collected. */
export function heapSeries(agent: readonly Sample[], edge: readonly Sample[]): Series[] {
  return printedSeries(agent, edge, {
    ...{ figure: 'heap after collections', unit: 'MB' },
    ...{ limitPerHour: limits.heapMb, shortestMs: shortestMs.heap },
  })
}

/** Timers that wait, each by its own process's time: one for each request that was never ended would be a leak. */
export function timerSeries(agent: readonly Sample[], edge: readonly Sample[]): Series[] {
  return printedSeries(agent, edge, {
    ...{ figure: 'timers', unit: '' },
    ...{ limitPerHour: limits.timers, shortestMs: shortestMs.others },
  })
}

/** What the processes print of themselves. */
function printedSeries(
  agent: readonly Sample[],
  edge: readonly Sample[],
  { figure, ...rest }: Omit<Series, 'samples'>,
): Series[] {
  return [
    { name: 'agent', samples: agent },
    { name: 'edge', samples: edge },
  ].map(({ name, samples }) => ({ figure: `${name}: ${figure}`, ...rest, samples: settledPart(samples) }))
}

/** What follows the first quarter of the time. */
function settledPart<T extends { readonly atMs: number }>(seen: readonly T[]): readonly T[] {
  const [firstMs, lastMs] = [seen[0]?.atMs ?? 0, seen.at(-1)?.atMs ?? 0]
  return seen.filter(({ atMs }) => atMs >= firstMs + (lastMs - firstMs) * warmUp)
}

/** The agent from the warm-up's end on, the edge from its last restart on. */
export function processSeries(seen: readonly Look[]): Series[] {
  const settled = settledPart(seen)
  const lastPid = seen.at(-1)?.edgePid
  const ofLastEdge = seen.filter(({ edgePid }) => edgePid === lastPid)
  const parts = [
    { name: 'agent', list: settled.map(({ atMs, agent }) => ({ atMs, held: agent })) },
    {
      name: 'edge',
      list: settledPart(ofLastEdge).map(({ atMs, edge }) => ({ atMs, held: edge })),
    },
  ]
  return parts.flatMap(({ name, list }) => {
    const series = (figure: keyof Held, unit: string, limitPerHour: number, shortest: number): Series => {
      const samples: Sample[] = list.map(({ atMs, held }) => ({ atMs, value: held[figure] }))
      return { figure: `${name}: ${titles[figure]}`, unit, limitPerHour, shortestMs: shortest, samples }
    }
    return [
      series('residentMb', 'MB', limits.residentMb, shortestMs.resident),
      series('files', '', limits.files, shortestMs.others),
      series('sockets', '', limits.files, shortestMs.others),
      series('threads', '', limits.threads, shortestMs.others),
    ]
  })
}

const titles: Readonly<Record<keyof Held, string>> = {
  residentMb: 'resident memory',
  files: 'open files',
  sockets: 'open sockets',
  threads: 'threads',
}
