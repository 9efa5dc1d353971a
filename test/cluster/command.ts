import { spawn } from 'node:child_process'
import { ClusterError } from './errors.ts'

export type CommandOptions = {
  /** Written to the command's standard input, which is closed afterwards. Default: nothing. */
  input?: string | undefined
  /** Default: this process's directory. */
  cwd?: string
  /** The whole environment of the command. Default: this process's. */
  env?: NodeJS.ProcessEnv
}

/**
 * Runs a short-lived command and gives its standard output as text.
 * Throws ClusterError COMMAND_FAILED with what it wrote to standard error when it ends with another
 * status than 0; a program that does not exist leaves the system's error (code ENOENT) as `cause`.
 */
export function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' })
  const out: Buffer[] = []
  const err: Buffer[] = []
  const fail = (what: string, cause?: unknown) =>
    reject(new ClusterError('COMMAND_FAILED', `${program} ${args.join(' ')}: ${what}`, { cause }))

  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.on('error', (error) => fail(error.message, error))
  child.on('close', (status, signal) => {
    if (status === 0) resolve(Buffer.concat(out).toString('utf8'))
    else fail(`ended with ${signal ?? status}\n${Buffer.concat(err).toString('utf8').trim()}`)
  })
  // A command that ends without reading its input breaks the pipe; its status tells enough.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input)
  return promise
}

/** Whether `error` is run()'s way of saying that the program does not exist on this machine. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof ClusterError ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}
