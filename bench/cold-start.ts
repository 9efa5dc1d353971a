import { setTimeout as sleep } from 'node:timers/promises'
import { query } from '../test/blackbox/ask.ts'
import { median } from './median.ts'
import type { OwnWorker } from './own-edges.ts'
import { schedulerMillis } from './process-cost.ts'
import { zone } from './shape.ts'

/** Cost of the first query of a new process: sequential rounds of store reads, and CPU time in ms. Medians. */
export type Cold = { readonly rounds: number; readonly cpuMillis: number }

/** Delay of every read (ms), which distinguishes concurrent reads from sequential ones. */
const readMs = 40

/** Starts new processes on the store of `worker`, and sends one query to each. */
export async function coldStarts(worker: OwnWorker, times: number): Promise<Cold> {
  const seen: Cold[] = []
  for (let time = 0; time < times; time++) seen.push(await coldStart(worker, `of3.bench.svc.${zone}`))
  return {
    rounds: median(seen.map(({ rounds }) => rounds)),
    cpuMillis: median(seen.map(({ cpuMillis }) => cpuMillis)),
  }
}

/** Starts one new process on a store, and asks it for the A records of a name. */
export async function coldStart(
  { kv, startFresh }: Pick<OwnWorker, 'kv' | 'startFresh'>,
  name: string,
): Promise<Cold> {
  const served = await startFresh()
  const begunMs: number[] = []
  kv.beforeRead = async () => {
    begunMs.push(performance.now())
    await sleep(readMs)
  }
  try {
    const { pid = 0 } = served.process
    const before = await schedulerMillis(pid)
    await askFirst(served.url, name)
    const cpuMillis = (await schedulerMillis(pid)) - before
    const rounds = begunMs.filter((ms, index) => index === 0 || ms - (begunMs[index - 1] ?? 0) > readMs / 2)
    return { rounds: rounds.length, cpuMillis }
  } finally {
    kv.beforeRead = () => undefined
    await served.stop()
  }
}

/** Asks a Worker for the A records of a name. Rejects without an answer that has some. */
export async function askFirst(url: string, name: string): Promise<void> {
  const response = await fetch(`${url}/dns-query`, {
    method: 'POST',
    headers: { 'content-type': 'application/dns-message' },
    body: query(name, 1) as Uint8Array<ArrayBuffer>,
  })
  const answer = new Uint8Array(await response.arrayBuffer())
  if (response.status !== 200 || (answer[7] ?? 0) === 0) throw new Error('the first query got no answer')
}
