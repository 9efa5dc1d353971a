import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cleanup } from '../../bench/cleanup.ts'
import { zone } from '../../bench/shape.ts'
import { type Running, startScript } from '../blackbox/command.ts'
import { freePorts } from '../free-ports.ts'
import { heapAfter, traceCollections } from './gc-trace.ts'
import type { Sample } from './leaks.ts'
import { countTimers, timersWaiting } from './timers.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** `kubedoh serve` with a fixed port and directory, so that it can be restarted. */
export type SoakEdge = {
  /** Base URL without a final slash. */
  readonly url: string
  readonly caFile: string
  readonly databaseFile: string
  pid(): number
  /** Its heap after each collection so far, in MB. */
  heap(): readonly Sample[]
  /** Samples of the number of its active timers. */
  timers(): readonly Sample[]
  /** Ends it by SIGTERM and starts another one on the same data. */
  restart(): Promise<void>
}

/** Starts it, public, for one cluster. */
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
