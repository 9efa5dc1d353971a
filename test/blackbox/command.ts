import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** A process that serves, and says where. */
export type Running = {
  readonly process: ChildProcess
  /** The URL behind `ready`. */
  readonly url: string
  /** Lines printed so far. */
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>
}

/** Runs `kubedoh ARGS...` to its end. */
export async function run(
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/**
 * Starts `kubedoh ARGS...`, `env` added to its environment, and waits for its `ready` line. Throws with what it said
 * when it ends before.
 */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
  return startScript([main, ...args], env)
}

/** Starts a script of Node's that prints a `ready URL` line as kubedoh does, and waits for it. Throws as `start`. */
export async function startScript(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = spawn(process.execPath, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const stdout: string[] = []
  const stderr: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => stderr.push(line))
    createInterface({ input: child.stdout }).on('line', (line) => {
      stdout.push(line)
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length))
    })
    child.once('exit', (code) =>
      reject(new Error(`${args.join(' ')} ended with ${code}: ${stderr.join('\n')}`)),
    )
  })
  return {
    process: child,
    url,
    stdout,
    stderr,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      child.kill('SIGTERM')
      const [code] = (await once(child, 'exit')) as [number | null]
      return code
    },
  }
}
