import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { quantile } from './median.ts'

/** Results of one run of h2load. Times are from the first byte of a request to the last of its response, in µs. */
export type Load = {
  readonly requestsPerSecond: number
  readonly done: number
  readonly failed: number
  readonly p50Micros: number
  readonly p99Micros: number
}

/** The questions: one by POST, or those of a file of URLs in turn, by GET. */
export type Asked = { readonly bodyFile: string } | { readonly urlFile: string }

/** A run of h2load: `clients` connections, over HTTP/2 with `streams` concurrent requests on each. */
export type LoadPlan = {
  readonly url: string
  readonly asked: Asked
  /** The number of requests, or the duration. */
  readonly extent: { readonly requests: number } | { readonly seconds: number }
  readonly clients: number
  readonly streams: number
  readonly http1: boolean
  /** The file for the time of each request. */
  readonly logFile: string
  readonly signal: AbortSignal
}

/** Runs h2load against an address of this machine. Throws if h2load is missing or its output cannot be read. */
export async function h2load(plan: LoadPlan): Promise<Load> {
  const { url, asked, extent, http1, logFile } = plan
  const { hostname } = new URL(url)
  if (!/^(127\.[0-9.]+|localhost|\[::1\])$/.test(hostname)) throw new Error(`${hostname} is not this machine`)
  const protocol = http1 ? ['--h1'] : ['-m', String(plan.streams)]
  const length = 'requests' in extent ? ['-n', String(extent.requests)] : ['-D', String(extent.seconds)]
  const what =
    'urlFile' in asked
      ? ['-i', asked.urlFile]
      : ['-d', asked.bodyFile, '-H', 'content-type: application/dns-message', url]
  const args = [...length, '-c', String(plan.clients), ...protocol, `--log-file=${logFile}`, ...what]
  const stdout = await output(args, plan.signal)
  const rate = /finished in [^,]+, ([0-9.]+) req\/s/.exec(stdout)?.[1]
  const done = /requests: .* ([0-9]+) done/.exec(stdout)?.[1]
  const status = /status codes: ([0-9]+) 2xx/.exec(stdout)?.[1]
  if (rate === undefined || done === undefined)
    throw new Error(`cannot read the output of h2load:\n${stdout}`)
  const wanted = 'requests' in extent ? extent.requests : Number(done)
  const micros = await times(logFile)
  return {
    requestsPerSecond: Number(rate),
    done: Number(done),
    failed: wanted - Math.min(Number(done), Number(status)),
    p50Micros: quantile(micros, 0.5),
    p99Micros: quantile(micros, 0.99),
  }
}

/** The third column of h2load's log: the times in µs. */
async function times(logFile: string): Promise<number[]> {
  const text = await readFile(logFile, 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => Number(line.split('\t')[2]))
}

async function output(args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const options = { maxBuffer: 16 * 1024 * 1024, signal }
    const { stdout } = await promisify(execFile)('h2load', [...args], options)
    return stdout
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing) throw new Error('h2load is missing (Debian: nghttp2-client)', { cause: error })
    throw error
  }
}
