import { execFile } from 'node:child_process'
import type { Disk } from './disk.ts'

/** How a program ended: its exit code, undefined where it could not be started or was killed; and what it printed. */
export type Ended = {
  readonly code: number | undefined
  readonly isMissing: boolean
  readonly output: string
}

/** All of the machine that an installation touches. */
export type Machine = {
  readonly disk: Disk
  run(argv: readonly string[]): Promise<Ended>
  pause(ms: number): Promise<void>
  /** The directory of the journal. */
  readonly stateDir: string
  /** Ends an installation between two steps; it is then undone. */
  readonly signal: AbortSignal
}

/** How long a command may take (ms): starting a service waits for its jobs. */
const timeoutMs = 90_000
/** The longest output that is kept (bytes). */
const maxOutputBytes = 1 << 20

/** Runs a program to its end, with messages in English. Never rejects. */
export function runProgram(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { timeout: timeoutMs, maxBuffer: maxOutputBytes, encoding: 'utf8', env: { ...env, LC_ALL: 'C' } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined
        const isMissing = error?.code === 'ENOENT'
        resolve({ code, isMissing, output: `${stdout}${stderr}`.trim() })
      },
    )
  })
}
