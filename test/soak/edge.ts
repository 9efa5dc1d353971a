import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cleanup } from '../../bench/cleanup.ts'
import { zone } from '../../bench/shape.ts'
import { type Running, startScript } from '../blackbox/command.ts'
import { freePorts } from '../cluster/ports.ts'
import { heapAfter, traceCollections } from './gc-trace.ts'
import type { Sample } from './leaks.ts'
import { countTimers, timersWaiting } from './timers.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** `kubedoh serve` on a port and a directory that outlive it. */
export type SoakEdge = {
  /** Base URL without a final slash. */
  readonly url: string
  readonly caFile: string
  readonly databaseFile: string
  pid(): number
  /** Its heap after each of its collections so far, in MB. */
  heap(): readonly Sample[]
  /** How many timers waited in it, again and again. */
  timers(): readonly Sample[]
  /** Ends it in order and starts another on the same data. */
  restart(): Promise<void>
}

/** Starts it for one cluster that anyone may ask about. */
export async function startSoakEdge(
  cluster: string,
  publicKey: string,
  dir: string,
  cleanup: Cleanup,
): Promise<SoakEdge> {
  const data = join(dir, 'edge')
  await mkdir(data)
  const config = join(dir, 'config.json')
  const clusters = [{ id: cluster, keys: [publicKey], zones: [zone] }]
  await writeFile(config, JSON.stringify({ public: true, clusters }))
  const [port = 0] = await freePorts(1)
  const begin = (): Promise<Running> =>
    startScript([
      ...traceCollections,
      ...countTimers,
      ...[main, 'serve', '--config', config, '--data', data, '--listen', `127.0.0.1:${port}`],
    ])
  let running = await begin()
  cleanup.add(async () => void (await running.stop()))
  return {
    url: new URL(running.url).origin,
    caFile: join(data, 'tls', 'ca.pem'),
    databaseFile: join(data, 'edge.sqlite'),
    pid: () => running.process.pid ?? 0,
    heap: () => running.stdout.flatMap(heapAfter),
    timers: () => running.stdout.flatMap(timersWaiting),
    async restart() {
      await running.stop()
      running = await begin()
    },
  }
}
