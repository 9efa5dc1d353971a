import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** A running server process. */
export type Running = {
  readonly process: ChildProcess
  /** The URL in its `ready` line. */
  readonly url: string
  /** Lines printed so far. */
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
  /** Sends SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
}

/** Runs `kubedoh ARGS...` and waits for its exit. */
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
 * Starts `kubedoh ARGS...`, with `env` added to its environment, and waits for its `ready` line. Throws if it exits
 * before, with its stderr in the message.
 */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Running> {
  return startScript([main, ...args], env)
}

/** Starts a Node script that prints a `ready URL` line as kubedoh does. Waits and throws as `start` does. */
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
