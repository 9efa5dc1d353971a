import { parseArgs } from 'node:util'
import { begin, type Course, type Failure, feed, limits, tryInput } from './fuzz.ts'
import { describeInput, type Input, inputFromText, inputToText } from './input.ts'
import { targets } from './targets.ts'

const help = `npm run fuzz -- [--seconds N] [--seed N] [--target NAME]... [--input TEXT]

Feeds the edge with invalid input and stops at the first failure: an exception, a 5xx status, a response that is not a
valid answer, more than ${limits.cpuMs} ms of CPU time for one input (some targets have another limit), memory that keeps
growing. Prints the seed, and for a failure the command that repeats it.

  --seconds N     duration, for all targets in turn (default: 60)
  --seed N        the same seed gives the same inputs (default: derived from the time)
  --target NAME   only this target; may be repeated
  --input TEXT    only this input, in the form that a failure prints; needs exactly one --target
  --help          print this text

Targets:
${targets.map(({ name, what }) => `  ${name.padEnd(15)} ${what}`).join('\n')}

Exit code 0: no failure; 1: a failure; 2: wrong options.
`

/** The time for which one target is fed before the next one. */
const turnMs = 250

/** Longer inputs are not printed in the summary; the seed repeats them. */
const maxShownLength = 500

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words)
  if (typeof options === 'string') {
    process.stderr.write(`fuzz: ${options}; see --help\n`)
    return 2
  }
  if (options.help) {
    process.stdout.write(help)
    return 0
  }
  const stop = new AbortController()
  const end = (): void => stop.abort()
  process.once('SIGINT', end).once('SIGTERM', end)
  tell(`seed ${options.seed}`)
  const courses = await Promise.all(options.targets.map((target) => begin(target, options.seed)))
  const failure = options.input
    ? await replay(courses[0], options.input)
    : await takeTurns(courses, options.seconds, stop.signal)
  if (!options.input) tell(...courses.map(summary), ...slowestOf(courses))
  tell(`resident memory ${mebibytes(process.memoryUsage().rss)} MiB`)
  if (failure) tell(...story(failure, options.seed))
  for (const { scene } of courses) await scene.close?.()
  return failure ? 1 : 0
}

type Options = {
  readonly help: boolean
  readonly seconds: number
  readonly seed: number
  readonly targets: typeof targets
  readonly input: Input | undefined
}

/** Command line → options, or an error message. */
function readOptions(words: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        help: { type: 'boolean', default: false },
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
        target: { type: 'string', multiple: true, default: [] },
        input: { type: 'string' },
      },
    })
    const seconds = Number(values.seconds)
    const seed = Number(values.seed)
    if (!(seconds > 0 && seconds <= 86_400)) return `--seconds ${values.seconds} is not between 0 and 86400`
    if (!Number.isInteger(seed) || values.seed === '') return `--seed ${values.seed} is not an integer`
    const unknown = values.target.find((name) => !targets.some((target) => target.name === name))
    if (unknown !== undefined)
      return `--target ${unknown} is none of ${targets.map(({ name }) => name).join(', ')}`
    const chosen = targets.filter(({ name }) => values.target.length === 0 || values.target.includes(name))
    if (values.input !== undefined && chosen.length !== 1) return '--input needs one --target'
    const input = values.input === undefined ? undefined : inputFromText(values.input)
    return { help: values.help, seconds, seed, targets: chosen, input }
  } catch (error) {
    if (error instanceof TypeError) return error.message.split('\n', 1)[0] ?? ''
    throw error
  }
}

async function takeTurns(
  courses: readonly Course[],
  seconds: number,
  stop: AbortSignal,
): Promise<Failure | undefined> {
  const endMs = performance.now() + seconds * 1000
  while (performance.now() < endMs && !stop.aborted) {
    for (const course of courses) {
      const ms = Math.min(turnMs, (seconds * 1000) / courses.length)
      const failure = await feed(course, { ms, stop })
      if (failure) return failure
    }
  }
  return undefined
}

async function replay(course: Course | undefined, input: Input): Promise<Failure | undefined> {
  const reason = course && (await tryInput(course, input))
  tell(reason === undefined ? 'no rule broken' : 'broken')
  return course && reason !== undefined ? { target: course.target.name, input, reason } : undefined
}

function summary({ target, inputs, ms, slowest, heapAtFirst, heapBytes }: Course): string {
  const perSecond = Math.round(inputs / (ms / 1000)) || 0
  const heap =
    heapAtFirst === undefined
      ? ''
      : `, heap ${mebibytes(heapAtFirst)} MiB at first and ${mebibytes(heapBytes)} at last`
  const most = `at most ${(slowest?.cpuMs ?? 0).toFixed(1)} ms of CPU for one`
  return `${target.name}: ${inputs} inputs, ${perSecond}/s, ${most}${heap}`
}

/** The input that took the most CPU time. */
function slowestOf(courses: readonly Course[]): string[] {
  const [course] = courses.toSorted((a, b) => (b.slowest?.cpuMs ?? 0) - (a.slowest?.cpuMs ?? 0))
  if (!course?.slowest) return []
  const text = inputToText(course.slowest.input)
  const shown = text.length <= maxShownLength ? `--input ${text}` : `an input of ${text.length} characters`
  return [`slowest: --target ${course.target.name} ${shown}`]
}

function story({ target, input, reason }: Failure, seed: number): string[] {
  return [
    '',
    `BROKEN by target ${target}, seed ${seed}: ${reason}`,
    ...describeInput(input),
    `again: npm run fuzz -- --target ${target} --input ${inputToText(input)}`,
  ]
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

function tell(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}
