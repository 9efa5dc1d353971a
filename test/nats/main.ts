import { parseArgs } from 'node:util'
import { createRandom } from '../seeded-random.ts'
import { edgeFaults } from './faults/edge-faults.ts'
import type { Fault } from './faults/fault.ts'
import { garbageRace } from './faults/garbage-race.ts'
import { rivalFaults } from './faults/rival-roots.ts'
import { type RoundResult, runFault } from './faults/round.ts'
import { serverFaults } from './faults/server-faults.ts'
import { showTable } from './faults/table.ts'
import { startWorld } from './faults/world.ts'
import { availableNats } from './nats-program.ts'

const faults: readonly Fault[] = [...serverFaults, ...edgeFaults, ...rivalFaults, garbageRace]

/** The number of wrong facts of a round that are printed. */
const shownComplaints = 10

const help = `npm run test:nats -- [--short] [--rounds N] [--fault TEXT]

Starts three nats-servers and three edges on them (kubedoh serve --store), publishes to the edges, asks them all the time, and
strikes. Every answer is checked. Prints a table at the end.

  --rounds N    rounds of each fault (default: 5)
  --fault TEXT  only the faults whose name contains the text
  --short       one round by default, and only the faults marked with *: the part that runs in CI
  --help        print this text

KUBEDOH_SEED repeats the faults of a run; the order of events within a fault is the machine's.

The faults:
${faults.map(({ name, isShort }) => `  ${name}${isShort ? ' *' : ''}`).join('\n')}

Exit code 0: nothing was wrong; 1: something was; 2: wrong options.
`

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words)
  if (typeof options === 'string') {
    process.stderr.write(`test:nats: ${options}; see --help\n`)
    return 2
  }
  if (options === undefined) {
    process.stdout.write(help)
    return 0
  }
  const nats = await availableNats()
  if (nats.program === undefined) {
    process.stdout.write(`skipped: ${nats.reason}\n`)
    return 0
  }
  const { results, broken } = await runRounds(nats.program, options)
  process.stdout.write(showTable(results))
  if (broken !== undefined) process.stdout.write(`the last round did not come to its end: ${broken}\n`)
  return broken === undefined && results.every((result) => complaintsOf(result).length === 0) ? 0 : 1
}

type Options = { readonly chosen: readonly Fault[]; readonly rounds: number; readonly seed: number }

/** The results of all rounds, and why the last one did not come to its end. */
type Run = { readonly results: readonly RoundResult[]; readonly broken: string | undefined }

/** Runs the chosen faults in turns. Ends early after a round that did not come to its end. */
async function runRounds(program: string, { chosen, rounds, seed }: Options): Promise<Run> {
  process.stdout.write(`seed ${seed}\n`)
  const random = createRandom(seed)
  const results: RoundResult[] = []
  const world = await startWorld(program, random.fork())
  try {
    for (let round = 0; round < rounds; round++)
      for (const fault of chosen) {
        const result = await runFault(world, fault, random.fork())
        results.push(result)
        process.stdout.write(`${lineOf(round, result)}\n`)
        for (const line of complaintsOf(result).slice(0, shownComplaints)) process.stdout.write(`  ${line}\n`)
        if (complaintsOf(result).length > 0) process.stdout.write(world.edges.lastLines())
      }
    return { results, broken: undefined }
  } catch (error) {
    process.stdout.write(world.edges.lastLines())
    return { results, broken: error instanceof Error ? error.message : String(error) }
  } finally {
    await world.close()
  }
}

function complaintsOf({ wrong, stuck }: RoundResult): string[] {
  return [...stuck, ...wrong.map(({ kind, text }) => `${kind}: ${text}`)]
}

function lineOf(round: number, result: RoundResult): string {
  const { fault, accepted, againMs, everywhereMs, healedMs } = result
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
  const again = againMs.map((ms) => `, again after ${seconds(ms)}`).join('')
  const everywhere = everywhereMs.map((ms) => `, by every edge after ${seconds(ms)}`).join('')
  const well = `all well ${seconds(healedMs)} after its end`
  return `round ${round + 1}, ${fault}: ${accepted} roots accepted${again}${everywhere}, ${well}, ${complaintsOf(result).length} wrong`
}

/** Command line → options, undefined for --help, or an error message. */
function readOptions(words: readonly string[]): Options | undefined | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        help: { type: 'boolean', default: false },
        short: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        fault: { type: 'string', default: '' },
      },
    })
    if (values.help) return undefined
    const rounds = Number(values.rounds ?? (values.short ? 1 : 5))
    if (!(Number.isInteger(rounds) && rounds > 0)) return `--rounds ${values.rounds} is not a number above 0`
    const chosen = faults.filter(
      ({ name, isShort }) => name.includes(values.fault) && (isShort || !values.short),
    )
    if (chosen.length === 0) return `no fault has "${values.fault}" in its name`
    const seed = Number(process.env.KUBEDOH_SEED ?? Math.floor(Math.random() * 2 ** 31))
    if (!Number.isInteger(seed)) return `KUBEDOH_SEED=${process.env.KUBEDOH_SEED} is not an integer`
    return { chosen, rounds, seed }
  } catch (error) {
    if (error instanceof TypeError) return error.message.split('\n', 1)[0] ?? ''
    throw error
  }
}
