import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** One run of h2load. */
export type Load = { readonly requestsPerSecond: number; readonly failed: number }

/** What h2load is to do. `clients` connections, on HTTP/2 with `streams` requests at once on each. */
export type LoadPlan = {
  readonly url: string
  readonly bodyFile: string
  readonly requests: number
  readonly clients: number
  readonly streams: number
  readonly http1: boolean
}

/** Runs h2load against an address of this machine. Throws when it is missing or understands nothing. */
export async function h2load(plan: LoadPlan): Promise<Load> {
  const { hostname } = new URL(plan.url)
  if (!/^(127\.[0-9.]+|localhost|\[::1\])$/.test(hostname)) throw new Error(`${hostname} is not this machine`)
  const protocol = plan.http1 ? ['--h1'] : ['-m', String(plan.streams)]
  const args = ['-n', String(plan.requests), '-c', String(plan.clients), ...protocol]
  const post = ['-d', plan.bodyFile, '-H', 'content-type: application/dns-message', plan.url]
  const stdout = await output([...args, ...post])
  const rate = /finished in [^,]+, ([0-9.]+) req\/s/.exec(stdout)?.[1]
  const ok = /requests: .* ([0-9]+) succeeded/.exec(stdout)?.[1]
  const status = /status codes: ([0-9]+) 2xx/.exec(stdout)?.[1]
  if (rate === undefined || ok === undefined) throw new Error(`h2load said:\n${stdout}`)
  return { requestsPerSecond: Number(rate), failed: plan.requests - Math.min(Number(ok), Number(status)) }
}

async function output(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('h2load', [...args], { maxBuffer: 16 * 1024 * 1024 })
    return stdout
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing) throw new Error('h2load is missing (Debian: nghttp2-client)', { cause: error })
    throw error
  }
}
