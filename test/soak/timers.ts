import type { Sample } from './leaks.ts'

/** Options of Node that make a process print the number of its active timers, with unreferenced ones. */
export const countTimers: readonly string[] = ['--import', new URL('count-timers.ts', import.meta.url).href]

const form = /^\[timers\] ([0-9]+) ms: ([0-9]+)$/

/** A printed line → the number of timers, by the time of the process. An empty list for other lines. */
export function timersWaiting(line: string): Sample[] {
  const [, atMs, count] = form.exec(line) ?? []
  return count === undefined ? [] : [{ atMs: Number(atMs), value: Number(count) }]
}
