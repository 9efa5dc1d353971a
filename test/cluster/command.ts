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
 * Runs a short-lived command and returns its standard output as text.
 * Throws ClusterError COMMAND_FAILED, with its standard error, if its exit status is not 0. If the program does not
 * exist, `cause` is the system's error (code ENOENT).
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
  // A command that ends without reading its input breaks the pipe; its exit status is reported above.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input)
  return promise
}

/** Whether `error` was thrown by run() because the program does not exist on this machine. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof ClusterError ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}
