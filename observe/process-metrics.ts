import { type MetricRow, numbersText } from './prometheus.ts'

/** Facts about the process: CPU seconds, bytes, and Unix seconds. */
export type ProcessFacts = {
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly startSeconds: number
}

/** The metrics of every process: its release, and those that every client of Prometheus has. */
export const processRows = {
  build: {
    name: 'kubedoh_build_info',
    type: 'gauge',
    labels: ['version', 'node_version'],
    help: 'Always 1.',
  },
  cpu: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    labels: [],
    help: 'User and system CPU time.',
  },
  memory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Resident memory.',
  },
  start: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    labels: [],
    help: 'Start time of the process, Unix time.',
  },
} as const satisfies Record<string, MetricRow>

/** The metrics of a process in Prometheus' text format. */
export function processText(
  facts: ProcessFacts,
  { version, nodeVersion }: { readonly version: string; readonly nodeVersion: string },
): string {
  const { build, cpu, memory, start } = processRows
  return [
    numbersText(build, [{ values: [version, nodeVersion], value: 1 }]),
    numbersText(cpu, [{ values: [], value: facts.cpuSeconds }]),
    numbersText(memory, [{ values: [], value: facts.residentBytes }]),
    numbersText(start, [{ values: [], value: facts.startSeconds }]),
  ].join('')
}
