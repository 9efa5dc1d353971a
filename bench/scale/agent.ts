import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readExposition } from '../../observe/exposition.case.ts'

const source = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const patienceMs = 60_000
const lookMs = 10

/** A line of an agent's log, with its time in Unix ms. */
export type AgentLine = Readonly<Record<string, unknown>> & {
  readonly message: string
  readonly atMs: number
}

/** One publish, from the agent's log line about it. */
export type Published = {
  readonly kind: string
  readonly atMs: number
  readonly blobs: number
  readonly bytes: number
  /** Duration of the round. */
  readonly ms: number
}

/** A running `kubedoh sync`. */
export type RunningAgent = {
  readonly process: ChildProcess
  readonly pid: number
  /** Start time (Unix ms). */
  readonly beganMs: number
  /** Log lines so far. */
  readonly lines: readonly AgentLine[]
  /** Publishes so far. */
  published(): Published[]
  /** A sample of its metrics, by its name with labels; undefined if there is none. */
  sample(name: string): Promise<number | undefined>
  /** Sends SIGTERM and waits for the exit. */
  stop(): Promise<void>
}

/** How an agent finds its cluster and its edge. */
export type AgentPlace = {
  readonly kubeconfig: string
  readonly edgeUrl: string
  /** PEM file of the authority of the edge's certificate, if it needs one. */
  readonly caFile?: string
  readonly keyFile: string
  readonly cluster: string
  /** The file of the command. Default: cli/main.ts. */
  readonly command?: string
}

/**
 * Starts an agent with metrics, and does not wait for it. `nodeOptions` are options of Node; `hear` gets each line of
 * stdout.
 */
export function startAgent(
  place: AgentPlace,
  nodeOptions: readonly string[] = [],
  hear?: (line: string) => void,
): RunningAgent {
  const words = ['sync', '--cluster', place.cluster, '--edge', place.edgeUrl, '--key', place.keyFile]
  if (place.caFile !== undefined) words.push('--ca', place.caFile)
  words.push('--kubeconfig', place.kubeconfig, '--log-format', 'json', '--health-listen', '127.0.0.1:0')
  const beganMs = Date.now()
  const child = spawn(process.execPath, [...nodeOptions, place.command ?? source, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: AgentLine[] = []
  createInterface({ input: child.stdout }).on('line', (line) => hear?.(line))
  createInterface({ input: child.stderr }).on('line', (text) => lines.push(readLine(text)))
  return {
    process: child,
    pid: child.pid ?? 0,
    beganMs,
    lines,
    published: () => lines.filter(({ message }) => message === 'published').map(readPublished),
    async sample(name) {
      const observed = lines.find(({ message }) => message === 'observed')
      const families = readExposition(await (await fetch(`${String(observed?.url)}/metrics`)).text())
      return [...families.values()]
        .map(({ samples }) => samples.get(name))
        .find((value) => value !== undefined)
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Waits for the first log line with that message. Throws, with the last lines, if the agent ends or after 60 s. */
export async function lineOf(agent: RunningAgent, message: string): Promise<AgentLine> {
  const found = (): AgentLine | undefined => agent.lines.find((line) => line.message === message)
  const { process: child } = agent
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  const endMs = performance.now() + patienceMs
  for (;;) {
    const line = found()
    if (line) return line
    if (hasEnded() || performance.now() > endMs) {
      const said = agent.lines.slice(-10).map((each) => JSON.stringify(each))
      throw new Error(`the agent did not log "${message}": ${said.join('\n')}`)
    }
    await sleep(lookMs)
  }
}

/** A line that is not JSON comes from Node itself, and becomes the message. */
function readLine(text: string): AgentLine {
  const atMs = Date.now()
  try {
    const line = JSON.parse(text) as Record<string, unknown>
    return { ...line, message: String(line.message), atMs: Date.parse(String(line.time)) }
  } catch {
    return { message: text, atMs }
  }
}

function readPublished(line: AgentLine): Published {
  return {
    kind: String(line.kind),
    atMs: line.atMs,
    blobs: Number(line.blobs),
    bytes: Number(line.bytes),
    ms: Number(line.ms),
  }
}
