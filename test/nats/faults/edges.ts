import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { SigningKey } from '../../../snapshot/key.ts'
import { createProcesses } from '../../cluster/processes.ts'
import { freePorts } from '../../free-ports.ts'
import { askEdge } from './ask-edge.ts'
import type { History } from './history.ts'
import { clusterId, namesOf } from './versions.ts'

/** Edges over one store, numbered from 0. They and their directory end with this process. */
export type Edges = {
  /** The base URL of each edge. */
  readonly urls: readonly string[]
  /** SIGKILL; resolves when the process has ended. */
  kill(edge: number): Promise<void>
  /** Starts an edge that was killed. Resolves when it answers from a root. */
  restart(edge: number): Promise<void>
  /** Kills all edges, and restarts them with clocks that are further ahead by `ms`. */
  passTime(ms: number): Promise<void>
  /** Throws ClusterError PROGRAM_EXITED if an edge has ended by itself. */
  check(): void
  /** The ends of their logs, each line with the name of its edge. */
  lastLines(): string
  close(): Promise<void>
}

const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))
const shownLines = 8
const nameOf = (edge: number): string => `edge-${edge}`

/** Starts `count` edges over a store; each has its servers in another order. `dir` is removed at the end. */
export async function startEdges(
  count: number,
  dir: string,
  servers: readonly string[],
  key: SigningKey,
  history: History,
): Promise<Edges> {
  const processes = createProcesses(dir)
  const ports = await freePorts(count)
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const config = {
    public: true,
    limits: { ingest: 0, ingestBytes: 0, anonymous: 0 },
    clusters: [{ id: clusterId, keys: [key.publicKey], zones: ['cluster.local'] }],
  }
  const configFile = join(dir, 'edge.json')
  await writeFile(configFile, JSON.stringify(config))
  const clock = pathToFileURL(join(import.meta.dirname, 'shift-clock.ts'))
  let aheadMs = 0

  async function start(edge: number, ready: (url: string) => Promise<boolean>): Promise<void> {
    const data = join(dir, nameOf(edge))
    await mkdir(data, { recursive: true })
    const inOrder = [...servers.slice(edge % servers.length), ...servers.slice(0, edge % servers.length)]
    const places = ['--config', configFile, '--data', data, '--store', `nats://${inOrder.join(',')}`]
    clock.searchParams.set('ahead', String(aheadMs))
    const args = ['serve', ...places, '--plain', '--listen', `127.0.0.1:${ports[edge]}`]
    await processes.start({
      ...{ name: nameOf(edge), program: process.execPath, args: ['--import', clock.href, main, ...args] },
      ready: () => ready(urls[edge] ?? ''),
    })
  }

  const edges: Edges = {
    urls,
    async kill(edge) {
      history.aways.push({ edge, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY })
      await processes.kill(nameOf(edge))
    },
    async restart(edge) {
      await start(edge, hasRoot)
      const away = history.aways.findLast((each) => each.edge === edge)
      if (away) away.toMs = performance.now()
    },
    async passTime(ms) {
      aheadMs += ms
      await Promise.all(ports.map((_, edge) => edges.kill(edge)))
      await Promise.all(ports.map((_, edge) => edges.restart(edge)))
    },
    check: () => processes.check(),
    lastLines: () =>
      ports.map((_, edge) => lastLinesOf(nameOf(edge), join(dir, `${nameOf(edge)}.log`))).join(''),
    close: () => processes.stopAll(),
  }
  await Promise.all(ports.map((_, edge) => start(edge, isUp)))
  return edges
}

function lastLinesOf(name: string, file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-shownLines)
  return lines.map((line) => `  ${name}: ${line}\n`).join('')
}

async function hasRoot(url: string): Promise<boolean> {
  const { generation } = await askEdge(url, 0, namesOf(1)[0] ?? '')
  return generation !== undefined
}

async function isUp(url: string): Promise<boolean> {
  const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1_000) })
  await response.arrayBuffer()
  return response.status < 500
}
