import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toBase64Url } from '../dns/base64url.ts'
import { query } from '../test/blackbox/ask.ts'
import { type Asked, h2load, type LoadPlan } from './h2load.ts'
import type { MeasuredServer, Score } from './measured-server.ts'
import { median } from './median.ts'
import { cpuSeconds, residentMegabytes } from './process-cost.ts'

/** Amount of load. Rounds alternate between servers, so that other work of the machine affects all of them equally. */
export type Effort = { readonly rounds: number; readonly requests: number }

export type Bench = {
  readonly effort: Effort
  /** A directory for the files of h2load. */
  readonly dir: string
  readonly tell: (line: string) => void
  readonly signal: AbortSignal
}

/** One question repeatedly, or all of these names in turn. */
export type Question = { readonly one: string } | { readonly all: readonly string[] }

/** Loads the servers in turn, round by round. Throws if a request fails, since the figures would be invalid. */
export async function runRounds(
  measured: readonly MeasuredServer[],
  question: Question,
  bench: Bench,
): Promise<Score[]> {
  const { effort, tell } = bench
  const samples = new Map<MeasuredServer, Score[]>(measured.map((server) => [server, []]))
  for (const server of measured)
    await measure(server, question, { requests: Math.ceil(effort.requests / 2) }, bench)
  for (let round = 1; round <= effort.rounds; round++) {
    for (const server of measured) {
      const score = await measure(server, question, { requests: effort.requests }, bench)
      samples.get(server)?.push(score)
      const { requestsPerSecond, cpuMicrosPerQuery } = score
      const figures = `${Math.round(requestsPerSecond)} req/s, ${cpuMicrosPerQuery.toFixed(1)} µs`
      tell(`round ${round}/${effort.rounds}  ${server.name}: ${figures}`)
    }
  }
  return measured.map((server) => middle(server.name, samples.get(server) ?? []))
}

/** Loads one server once. */
export async function measure(
  server: MeasuredServer,
  question: Question,
  extent: LoadPlan['extent'],
  { dir, signal }: Pick<Bench, 'dir' | 'signal'>,
): Promise<Score> {
  const { name, pid, url, http1 } = server
  const logFile = join(dir, 'times.log')
  await rm(logFile, { force: true })
  const asked = await write(question, url, dir)
  const before = await cpuSeconds(pid)
  // Every connection of h2load begins at the first URL, so only a single one asks for all names equally often.
  const isSpread = 'all' in question && !http1
  const connections = isSpread ? { clients: 1, streams: 64 } : { clients: 16, streams: 4 }
  const load = await h2load({ url, asked, extent, http1, logFile, signal, ...connections })
  if (load.failed > 0) throw new Error(`${name} failed ${load.failed} of ${load.done} requests`)
  const cpu = (await cpuSeconds(pid)) - before
  return {
    name,
    requestsPerSecond: load.requestsPerSecond,
    cpuMicrosPerQuery: (cpu / load.done) * 1e6,
    p50Micros: load.p50Micros,
    p99Micros: load.p99Micros,
    residentMegabytes: await residentMegabytes(pid),
  }
}

async function write(question: Question, url: string, dir: string): Promise<Asked> {
  if ('one' in question) {
    const bodyFile = join(dir, 'query.bin')
    await writeFile(bodyFile, query(question.one, 1))
    return { bodyFile }
  }
  const urlFile = join(dir, 'urls.txt')
  const lines = question.all.map((name) => `${url}?dns=${toBase64Url(query(name, 1))}\n`)
  await writeFile(urlFile, lines.join(''))
  return { urlFile }
}

/** The figures of one server: the medians of its rounds. */
export function middle(name: string, scores: readonly Score[]): Score {
  const of = (figure: Exclude<keyof Score, 'name'>): number => median(scores.map((score) => score[figure]))
  return {
    name,
    requestsPerSecond: of('requestsPerSecond'),
    cpuMicrosPerQuery: of('cpuMicrosPerQuery'),
    p50Micros: of('p50Micros'),
    p99Micros: of('p99Micros'),
    residentMegabytes: of('residentMegabytes'),
  }
}
