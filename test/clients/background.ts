import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

const keptCharacters = 6000
const graceMs = 5_000

/** A program that runs in the background while clients send queries. */
export type Background = {
  /** The end of its stdout and stderr. */
  tail(): string
  /** Waits for a matching line and returns the match; throws with the tail when the program ends or after `withinMs`. */
  line(pattern: RegExp, withinMs: number): Promise<RegExpExecArray>
  /** Sends SIGTERM, and SIGKILL to a program that does not end. */
  stop(): Promise<void>
  /** Sends SIGKILL: the program has no time to clean up. */
  kill(): Promise<void>
}

/** Starts a program. `env` is added to this process's environment. */
export function background(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Background {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-keptCharacters)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', (error) => keep(Buffer.from(error.message)))
  return {
    tail: () => text,
    async line(pattern, withinMs) {
      for (const end = performance.now() + withinMs; performance.now() < end; await pause(50)) {
        const found = pattern.exec(text)
        if (found) return found
        if (hasEnded(child)) break
      }
      throw new Error(`${program} did not print ${pattern} but: ${text}`)
    },
    async stop() {
      if (hasEnded(child)) return
      child.kill('SIGTERM')
      const killed = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await once(child, 'exit')
      clearTimeout(killed)
    },
    async kill() {
      if (hasEnded(child)) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}
