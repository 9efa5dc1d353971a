import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createCleanup } from '../../bench/cleanup.ts'
import { limits, shortestMs } from './figures.ts'
import { type Outcome, type SoakOptions, soak } from './soak.ts'
import { showOutcome } from './table.ts'

const help = `npm run soak -- [options]

Runs an agent and an edge on a cluster that changes, ends all watches and restarts the edge from time to time, and
reports whether their memory, timers, open files, sockets or threads keep growing. Prints a table.

  --minutes N             duration, fractions allowed (default: 30)
  --services N            Services in the cluster, with ten endpoints each (default: 1000)
  --changes-per-second N  endpoints per second that get another address (default: 10)
  --stand-in              use a minimal API server instead of a real control plane, which needs Go
  --help                  print this text

A figure leaks if its growth per hour is above its limit by more than its statistical error. The shorter a run, the
larger a leak has to be to be found. Limits, and the duration without which there is no verdict:

  heap after collections  ${limits.heapMb} MB per hour, after ${minutesOf(shortestMs.heap)} minutes
  resident memory         ${limits.residentMb} MB per hour, after ${minutesOf(shortestMs.resident)} minutes
  timers                  ${limits.timers} per hour, after ${minutesOf(shortestMs.others)} minutes
  open files, sockets     ${limits.files} per hour, after ${minutesOf(shortestMs.others)} minutes
  threads                 ${limits.threads} per hour, after ${minutesOf(shortestMs.others)} minutes

The first quarter of the time is ignored: for the agent since its start, for the edge since its last restart.

Exit code 0: nothing leaks; 1: something leaks, or the last changes were not answered; 2: wrong options.
`

const tell = (line: string): void => void process.stderr.write(`${line}\n`)
process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words)
  if (typeof options === 'string') {
    tell(`soak: ${options}; see --help`)
    return 2
  }
  if (options === undefined) {
    process.stdout.write(help)
    return 0
  }
  const cleanup = createCleanup(tell)
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      tell('ending the processes')
      ending.abort()
      void cleanup.run().then(() => process.exit(130))
    })
  }
  try {
    const dir = await mkdtemp(join(tmpdir(), 'kubedoh-soak-'))
    cleanup.add(() => rm(dir, { recursive: true, force: true }))
    const outcome = await soak(options, { dir, cleanup, tell, signal: ending.signal })
    process.stdout.write(showOutcome(outcome))
    return isKept(outcome) ? 0 : 1
  } catch (error) {
    if (ending.signal.aborted) return 130
    tell(`soak: ${String(error)}`)
    return 1
  } finally {
    await cleanup.run()
  }
}

function isKept({ verdicts, broken }: Outcome): boolean {
  return broken.length === 0 && verdicts.every(({ finding }) => finding !== 'leaks')
}

function minutesOf(ms: number): number {
  return ms / 60_000
}

/** Command line → options, an error message, or undefined for --help. */
function readOptions(words: readonly string[]): SoakOptions | string | undefined {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        minutes: { type: 'string', default: '30' },
        services: { type: 'string', default: '1000' },
        'changes-per-second': { type: 'string', default: '10' },
        'stand-in': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return undefined
    const minutes = Number(values.minutes)
    const services = Number(values.services)
    const changesPerSecond = Number(values['changes-per-second'])
    if (!(minutes > 0 && minutes <= 14_400)) return `--minutes ${values.minutes} is not between 0 and 14400`
    if (!Number.isInteger(services) || services < 2 || services > 20_000)
      return `--services ${values.services} is not an integer between 2 and 20000`
    if (!(changesPerSecond > 0 && changesPerSecond <= 500))
      return `--changes-per-second ${values['changes-per-second']} is not between 0 and 500`
    return { minutes, services, changesPerSecond, standIn: values['stand-in'] }
  } catch (error) {
    if (error instanceof TypeError) return error.message.split('\n', 1)[0] ?? ''
    throw error
  }
}
