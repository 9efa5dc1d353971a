import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { quantile } from '../median.ts'

/** Results of one run of dnsperf over UDP. Times are from a query to its answer, in µs. */
export type UdpLoad = {
  readonly queriesPerSecond: number
  readonly done: number
  /** Queries without an answer, and answers with another rcode than NOERROR. */
  readonly failed: number
  readonly p50Micros: number
  readonly p99Micros: number
}

/** A run of dnsperf against 127.0.0.1: the queries of a file, `passes` times, from `clients` ports. */
export type UdpPlan = {
  readonly port: number
  readonly queryFile: string
  readonly passes: number
  readonly clients: number
  /** Queries that may be without an answer at a time. */
  readonly outstanding: number
  /** The most queries per second; no limit when unset. */
  readonly perSecond?: number
  readonly signal: AbortSignal
}

/** Runs dnsperf. Throws if it is missing or its output cannot be read. */
export async function dnsperf(plan: UdpPlan): Promise<UdpLoad> {
  const { port, queryFile, passes, clients, outstanding, perSecond } = plan
  const place = ['-s', '127.0.0.1', '-p', String(port), '-d', queryFile]
  const load = ['-n', String(passes), '-c', String(clients), '-q', String(outstanding)]
  if (perSecond !== undefined) load.push('-Q', String(perSecond))
  const text = await output([...place, ...load, '-v'], plan.signal)
  const rate = /Queries per second: +([0-9.]+)/.exec(text)?.[1]
  const sent = /Queries sent: +([0-9]+)/.exec(text)?.[1]
  if (rate === undefined || sent === undefined) throw new Error(`cannot read the output of dnsperf:\n${text}`)
  // One line for each answer: '> NOERROR name type 0.000123'.
  const micros = Array.from(text.matchAll(/^> NOERROR .* ([0-9.]+)$/gm), ([, time]) => Number(time) * 1e6)
  return {
    queriesPerSecond: Number(rate),
    done: micros.length,
    failed: Number(sent) - micros.length,
    p50Micros: quantile(micros, 0.5),
    p99Micros: quantile(micros, 0.99),
  }
}

async function output(args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const options = { maxBuffer: 256 * 1024 * 1024, signal }
    const { stdout } = await promisify(execFile)('dnsperf', [...args], options)
    return stdout
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing) throw new Error('dnsperf is missing (Debian: dnsperf)', { cause: error })
    throw error
  }
}
