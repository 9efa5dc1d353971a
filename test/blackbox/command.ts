import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * Runs `kubedoh serve` and `kubedoh up`: this Node, or the program that KUBEDOH_TEST_RUNTIME names, such as Bun. Everything
 * else runs on this Node.
 */
export const serverRuntime = process.env.KUBEDOH_TEST_RUNTIME ?? process.execPath

function programOf([verb]: readonly string[]): string {
  return verb === 'serve' || verb === 'up' ? serverRuntime : process.execPath
}

/** Whether the servers of the tests run on Bun, which does not report the version of HTTP and its connections. */
export const isBun = serverRuntime !== process.execPath

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
  const child = spawn(programOf(args), [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/**
 * Starts `kubedoh ARGS...`, with `env` added to its environment, and waits for its `ready` line. Throws if it exits
 * before, with its stderr in the message. `program` runs it, by default the one of `serverRuntime`.
 */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  program = programOf(args),
): Promise<Running> {
  return startProgram(program, [main, ...args], env)
}

/** Starts a Node script that prints a `ready URL` line as kubedoh does. Waits and throws as `start` does. */
export function startScript(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  return startProgram(process.execPath, args, env)
}

/** Starts a program that prints a `ready URL` line as kubedoh does. Waits and throws as `start` does. */
export async function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  const child = spawn(program, [...args], {
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
