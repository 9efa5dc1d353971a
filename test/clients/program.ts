import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Why a test that needs a program must be skipped, or false. Under CI=true a missing program is an error instead. */
export async function skipWithout(program: string): Promise<string | false> {
  try {
    await execute('which', [program])
    return false
  } catch {
    if (process.env.CI === 'true') throw new Error(`${program} is missing, and CI must have it`)
    return `${program} is not installed`
  }
}

/** Runs a program to its end and gives its stdout. Throws with its stderr when it fails. */
export async function output(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, [...args], { timeout: 20_000, encoding: 'utf8' })
  return stdout
}
