import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

/** A kubedoh process that is killed and restarted with the same arguments. */
export type Keeper = {
  /** Starts it; resolves when it is ready. Rejects if it ends before. */
  start(): Promise<void>
  /** Sends SIGKILL; resolves when it has ended. */
  kill(): Promise<void>
  /** Whether it was down at any moment between the two times (Unix ms). */
  wasAway(fromMs: number, toMs: number): boolean
  /** Its last log lines. */
  lastLines(): readonly string[]
}

/** The arguments of a process, and how its lines show that it is ready. */
export type Program = {
  readonly args: readonly string[]
  /** Whether a line of stdout or stderr means that the process is ready. */
  readonly isReady: (line: string) => boolean
  /** Called for every line of stderr. */
  readonly onLine?: (line: string) => void
  /** Called if it ends without being killed, with its last lines. */
  readonly onCrash: (lastLines: readonly string[]) => void
}

const keptLines = 60
const crashLines = 20

/** A keeper of one process, which is not started yet. */
export function keep(program: Program): Keeper {
  let child: ChildProcess | undefined
  const away: { fromMs: number; toMs: number }[] = [
    { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY },
  ]
  const lines: string[] = []
  return {
    async start() {
      const launched = launch(program, lines)
      const { child: mine } = launched
      child = mine
      mine.once('close', () => mine.killed || program.onCrash(lines.slice(-crashLines)))
      await launched.ready
      const last = away.at(-1)
      if (last) last.toMs = Date.now()
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      away.push({ fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY })
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    wasAway: (fromMs, toMs) => away.some((each) => each.fromMs <= toMs && each.toMs >= fromMs),
    lastLines: () => lines,
  }
}

function launch(
  { args, isReady, onLine }: Program,
  lines: string[],
): { readonly child: ChildProcess; readonly ready: Promise<void> } {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const read = (line: string): void => {
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
    if (isReady(line)) resolve()
  }
  createInterface({ input: child.stdout }).on('line', read)
  createInterface({ input: child.stderr }).on('line', (line) => {
    read(line)
    onLine?.(line)
  })
  child.once('exit', (code, signal) =>
    reject(new Error(`${args[0]} ended with ${code ?? signal}: ${lines.slice(-10).join('\n')}`)),
  )
  return { child, ready: promise }
}
