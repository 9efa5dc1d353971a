import type { Sample } from './leaks.ts'

/** Node's options that make a process print how many timers wait in it, whether they keep it alive or not. */
export const countTimers: readonly string[] = ['--import', new URL('count-timers.ts', import.meta.url).href]

const form = /^\[timers\] ([0-9]+) ms: ([0-9]+)$/

/** A printed line → how many timers waited, by the process's own time. Nothing of other lines. */
export function timersWaiting(line: string): Sample[] {
  const [, atMs, count] = form.exec(line) ?? []
  return count === undefined ? [] : [{ atMs: Number(atMs), value: Number(count) }]
}
