import type { Sample } from './leaks.ts'

/** Options of Node that print a line for each full garbage collection. */
export const traceCollections: readonly string[] = ['--trace-gc', '--trace-gc-ignore-scavenger']

/** A line such as "[1:0x2]  315 ms: Mark-Compact (reduce) 176.6 (241.2) -> 149.3 (278.3) MB, ...", with the time since the start of the process. */
const form = /^\[\S+\] +([0-9]+) ms: Mark-Compact[^0-9]*[0-9.]+ \([0-9.]+\) -> ([0-9.]+) \(/

/**
 * A printed line → the size of the heap after the collection, in MB, which is that of the live objects. An empty list for
 * other lines.
 */
export function heapAfter(line: string): Sample[] {
  const [, atMs, megabytes] = form.exec(line) ?? []
  return atMs === undefined ? [] : [{ atMs: Number(atMs), value: Number(megabytes) }]
}
