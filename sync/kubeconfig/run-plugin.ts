import { type ChildProcess, spawn } from 'node:child_process'
import { CredentialsError } from './errors.ts'
import type { CredentialsWorld, ExecConfig } from './target.ts'

/** How long a plugin may take (ms): one that talks to a person has time for a login in a browser. */
const limitMs = { alone: 60_000, interactive: 300_000 }

/** How often a plugin that still runs is reported (ms). */
const reportMs = 10_000

/** A plugin that ignores SIGTERM for this long is killed (ms). */
const graceMs = 2_000

/** An ExecCredential is a few KiB. */
const maxOutputLength = 1024 * 1024

/**
 * Runs a credential plugin once → its standard output. Its standard error goes to the terminal or, without one, line by
 * line to the log. Reports a run that takes long, and ends it at the limit or when the signal aborts. Throws
 * CredentialsError.
 */
export async function runPlugin(
  exec: ExecConfig,
  info: string,
  world: CredentialsWorld & { readonly limitMs?: number },
  signal: AbortSignal,
): Promise<string> {
  const { command, args, isInteractive } = exec
  const { log, terminal } = world
  const child = spawn(command, [...args], {
    env: { ...world.env, ...exec.env, KUBERNETES_EXEC_INFO: info },
    stdio: [isInteractive ? 'inherit' : 'ignore', 'pipe', terminal.stderr ? 'inherit' : 'pipe'],
  })
  const lines = linesTo((line) => log.info('credential plugin', { command, line }))
  child.stderr?.setEncoding('utf8').on('data', lines.add).on('end', lines.end)
  const allowedMs = world.limitMs ?? (isInteractive ? limitMs.interactive : limitMs.alone)
  let waitedMs = 0
  const reports = setInterval(() => {
    waitedMs += reportMs
    log.info('waiting for the credential plugin', { command, waitedMs, limitMs: allowedMs })
  }, reportMs)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () =>
      late.reject(new CredentialsError(`${command} did not end within ${allowedMs / 1000} s; it was ended`)),
    allowedMs,
  )
  const stop = (): void => late.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await Promise.race([outputOf(child, exec), late.promise])
  } finally {
    clearInterval(reports)
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    end(child)
  }
}

function outputOf(child: ChildProcess, { command, installHint }: ExecConfig): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (output.length <= maxOutputLength) output += text
    })
    child.once('error', (error) =>
      reject(new CredentialsError(`${error.message}${installHint === '' ? '' : `: ${installHint}`}`)),
    )
    child.once('close', (code, by) => {
      if (code === 0 && output.length <= maxOutputLength) return resolve(output)
      const how =
        code === 0
          ? 'wrote more than 1 MiB'
          : code === null
            ? `was ended by ${by}`
            : `failed with exit code ${code}`
      reject(new CredentialsError(`${command} ${how}`))
    })
  })
}

function end(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  child.kill('SIGTERM')
  // A child of the plugin may hold its pipes open, and must not keep this process alive.
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.unref()
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs).unref()
  child.once('exit', () => clearTimeout(timer))
}

/** Calls `take` for each line of a text that comes in pieces; a last line without a line feed counts at the end. */
function linesTo(take: (line: string) => void): { add(text: string): void; end(): void } {
  let rest = ''
  const add = (text: string): void => {
    const lines = (rest + text).split('\n')
    rest = (lines.pop() ?? '').slice(-4096)
    for (const line of lines) if (line.trim() !== '') take(line.trimEnd())
  }
  return { add, end: () => add('\n') }
}
