import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const timeoutMs = 60_000

/** How a program ended. */
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** The reason to skip a test that needs a program, or false. With CI=true a missing program is an error. */
export async function skipWithout(program: string): Promise<string | false> {
  try {
    await execute('which', [program])
    return false
  } catch {
    if (process.env.CI === 'true') throw new Error(`${program} is missing, and CI must have it`)
    return `${program} is not installed`
  }
}

/** Runs a program to its end and returns its stdout. Throws with its stderr when it fails. */
export async function output(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, [...args], { timeout: timeoutMs, encoding: 'utf8' })
  return stdout
}

/** Runs a program to its end, for at most `limitMs`. Any exit code is accepted. */
export function ended(program: string, args: readonly string[], limitMs = timeoutMs): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      { timeout: limitMs, encoding: 'utf8' },
      (error, stdout, stderr) => resolve({ code: error ? (child.exitCode ?? -1) : 0, stdout, stderr }),
    )
  })
}

/** The first word that looks like a version in the output of a program with `args`. */
export async function versionOf(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await ended(program, args)
  return /\d+\.\d[\w.]*/.exec(stdout || stderr)?.[0] ?? 'unknown'
}

/** An error with the message of another one, followed by the output of a program. */
export function withOutput(error: unknown, printed: string): Error {
  return new Error(`${error instanceof Error ? error.message : String(error)}\n${printed}`, { cause: error })
}
