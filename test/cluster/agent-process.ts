import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../wait-for.ts'

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** An agent that runs with a log in JSON. */
export type Agent = {
  /** The lines of its log so far. */
  readonly lines: Record<string, unknown>[]
  /** Where its metrics and health are. */
  readonly url: string
  /** Sends SIGTERM, and gives the exit code. */
  stop(): Promise<number | null>
}

/** Starts `kubedoh sync` with Events and metrics; the end of the test ends it. */
export async function startAgent(t: TestContext, options: readonly string[]): Promise<Agent> {
  const words = [
    main,
    'sync',
    '--log-format',
    'json',
    '--health-listen',
    '127.0.0.1:0',
    '--events',
    ...options,
  ]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const lines: Record<string, unknown>[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>)
  })
  const observed = await waitFor('the agent logs its metrics URL', () =>
    lines.find(({ message }) => message === 'observed'),
  )
  return {
    lines,
    url: String(observed.url),
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = (await once(child, 'exit')) as [number | null]
      return code
    },
  }
}
