import type { Sample } from './leaks.ts'

/** Node's options that make a process print a line for each collection of its whole heap. */
export const traceCollections: readonly string[] = ['--trace-gc', '--trace-gc-ignore-scavenger']

/** Such as "[1:0x2]  315 ms: Mark-Compact (reduce) 176.6 (241.2) -> 149.3 (278.3) MB, ...": the time is the process's. */
const form = /^\[\S+\] +([0-9]+) ms: Mark-Compact[^0-9]*[0-9.]+ \([0-9.]+\) -> ([0-9.]+) \(/

/**
 * A printed line → what the heap held after the collection, in MB: all that is kept, and nothing that waits to be
 * collected. Nothing of other lines.
 */
export function heapAfter(line: string): Sample[] {
  const [, atMs, megabytes] = form.exec(line) ?? []
  return atMs === undefined ? [] : [{ atMs: Number(atMs), value: Number(megabytes) }]
}
