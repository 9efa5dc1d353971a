import { parseArgs } from 'node:util'
import { createRandom } from '../../seeded-random.ts'
import { controlMicros, type Group, startGroups } from './groups.ts'
import { criticalZ, detectableDistance, mannWhitney } from './mann-whitney.ts'
import { measureClasses } from './measure.ts'

/** How far P may be from 0.5. */
const margin = 0.02

const help = `npm run timing -- [options]

Measures whether the duration of a refusal tells its reason, and that of a negative answer whether a name is hidden or
missing. Runs the edge in this process, with everything in memory, and compares the durations of each class with those
of the first class of its group (Mann-Whitney test). Give the machine nothing else to do.

  --size N     requests of each class (default: 20000)
  --seed N     seed of tokens and order (default: 1)
  --help       print this text

P is the probability that a request of the class takes longer than one of the first class. A class is told apart if P is
more than ${margin} away from 0.5, significant at 0.001 for all comparisons of the group together. Within that margin are
differences between equal requests, by where their data is in memory: each group has a class that is like the first. Each
group also has a control with ${controlMicros} µs of added time, which has to be told apart; otherwise the run shows nothing.

Exit code 0: no class is told apart except the controls; 1: one is, or a control is not; 2: wrong options.
`

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words)
  if (typeof options === 'string') {
    process.stderr.write(`timing: ${options}; see --help\n`)
    return 2
  }
  if (!options) {
    process.stdout.write(help)
    return 0
  }
  const random = createRandom(options.seed)
  const groups = await startGroups(random)
  let isSound = true
  for (const group of groups) {
    const samples = await measureClasses(group.classes, group.dig.edge, { ...options, warmUp: 2_000, random })
    isSound = report(group, [...samples.values()], options.size) && isSound
  }
  return isSound ? 0 : 1
}

function readOptions(words: readonly string[]): { size: number; seed: number } | undefined | string {
  const known = {
    size: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  } as const
  try {
    const { values } = parseArgs({ args: [...words], options: known })
    if (values.help) return undefined
    const wrong = (['size', 'seed'] as const).find((option) => !/^[1-9][0-9]{0,7}$/.test(values[option]))
    if (wrong !== undefined) return `--${wrong} has to be an integer from 1 to 99999999`
    return { size: Number(values.size), seed: Number(values.seed) }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Prints a group's table. True if only the control is told apart. */
function report({ name, classes }: Group, samples: readonly Float64Array[], size: number): boolean {
  const [first] = samples
  if (!first) return false
  const critical = criticalZ(classes.length - 1)
  const found = (margin + detectableDistance(size, critical)).toFixed(3)
  const power = `a P that is ${found} away from 0.5 is found with a power of 0.99`
  process.stdout.write(`\n${name}: ${size} requests of each class; ${power}\n`)
  let isSound = true
  for (const [index, { name: label, addedMicros }] of classes.entries()) {
    const sample = samples[index] ?? first
    const { probability, z } = mannWhitney(first, sample)
    const beyond = Math.abs(z) * (1 - margin / Math.abs(probability - 0.5))
    const isApart = index > 0 && beyond > critical
    if (isApart !== (addedMicros !== undefined)) isSound = false
    const sorted = sample.toSorted()
    const figures = [0.5, 0.95].map(
      (part) => `${(sorted[Math.floor(size * part)] ?? 0).toFixed(2).padStart(8)} µs`,
    )
    const verdict =
      index === 0
        ? ''
        : `P ${probability.toFixed(4)}  z ${z.toFixed(2).padStart(7)}  ${isApart ? 'told apart' : 'alike'}`
    process.stdout.write(`  ${label.padEnd(46)} ${figures.join(' ')}  ${verdict}\n`)
  }
  return isSound
}
