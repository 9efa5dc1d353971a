import type { Sample, Series } from './leaks.ts'
import type { ProcessUsage } from './process.ts'

/** Figures of one moment. */
export type Look = {
  readonly atMs: number
  readonly agent: ProcessUsage
  readonly edge: ProcessUsage
  readonly edgePid: number
}

/** The warm-up: this first part of the time is ignored, since heaps still grow to their size. */
const warmUp = 1 / 4

/** Allowed growth per hour. A leak of one object per change, at ten changes per second, is far above. */
export const limits = { heapMb: 2, residentMb: 8, timers: 6, files: 6, threads: 2 }

/** The shortest time (ms) for a verdict about a figure. Resident memory varies over longer times than the heap. */
export const shortestMs = { heap: 480_000, resident: 1_800_000, others: 120_000 }

/** Heap sizes after collections, by the time of each process. They contain only live objects. */
export function heapSeries(agent: readonly Sample[], edge: readonly Sample[]): Series[] {
  return printedSeries(agent, edge, {
    ...{ figure: 'heap after collections', unit: 'MB' },
    ...{ limitPerHour: limits.heapMb, shortestMs: shortestMs.heap },
  })
}

/** Numbers of active timers, by the time of each process: a timer per request that is never cleared is a leak. */
export function timerSeries(agent: readonly Sample[], edge: readonly Sample[]): Series[] {
  return printedSeries(agent, edge, {
    ...{ figure: 'timers', unit: '' },
    ...{ limitPerHour: limits.timers, shortestMs: shortestMs.others },
  })
}

/** Figures that the processes print. */
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

/** The samples after the warm-up. */
function settledPart<T extends { readonly atMs: number }>(seen: readonly T[]): readonly T[] {
  const [firstMs, lastMs] = [seen[0]?.atMs ?? 0, seen.at(-1)?.atMs ?? 0]
  return seen.filter(({ atMs }) => atMs >= firstMs + (lastMs - firstMs) * warmUp)
}

/** The agent after the warm-up, the edge after its last restart. */
export function processSeries(seen: readonly Look[]): Series[] {
  const settled = settledPart(seen)
  const lastPid = seen.at(-1)?.edgePid
  const ofLastEdge = seen.filter(({ edgePid }) => edgePid === lastPid)
  const parts = [
    { name: 'agent', list: settled.map(({ atMs, agent }) => ({ atMs, usage: agent })) },
    {
      name: 'edge',
      list: settledPart(ofLastEdge).map(({ atMs, edge }) => ({ atMs, usage: edge })),
    },
  ]
  return parts.flatMap(({ name, list }) => {
    const series = (
      figure: keyof ProcessUsage,
      unit: string,
      limitPerHour: number,
      shortest: number,
    ): Series => {
      const samples: Sample[] = list.map(({ atMs, usage }) => ({ atMs, value: usage[figure] }))
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

const titles: Readonly<Record<keyof ProcessUsage, string>> = {
  residentMb: 'resident memory',
  files: 'open files',
  sockets: 'open sockets',
  threads: 'threads',
}
