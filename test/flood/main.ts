import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultTcpLimits } from '../../host/dns/stream/tcp-limits.ts'
import { withstand } from './flood.ts'
import { floods } from './floods.ts'
import { startTarget } from './server.ts'

const help = `npm run flood -- [--seconds N] [--connections N] [--seed N]

Starts kubedoh up with its default limits and attacks it over TCP and TLS from many addresses of 127.0.0.0/8, while
other clients ask over UDP, TCP and TLS. Prints what these saw, and the most memory that the server had.

  --seconds N      duration of each flood (default: 20)
  --connections N  connections that a flood keeps open (default: 10000)
  --seed N         the same seed gives the same addresses and bytes (default: 1)
  --help           print this text

The floods:
${floods.map(({ name }) => `  ${name}`).join('\n')}

Exit code 0: every query was answered, some at a second attempt; 1: a query was not; 2: wrong options.
`

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words)
  if (typeof options === 'string') {
    process.stderr.write(`flood: ${options}; see --help\n`)
    return 2
  }
  if (options === undefined) {
    process.stdout.write(help)
    return 0
  }
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-flood-'))
  const target = await startTarget(dir, defaultTcpLimits.maxConnections)
  let failed = 0
  try {
    process.stdout.write(`at first ${(await target.residentMib()).toFixed(0)} MiB\n`)
    for (const flood of floods) {
      const seen = await withstand(flood, target, { ...options, ms: options.seconds * 1000 })
      failed += seen.failures.length
      const others = `${seen.answered} answered, ${seen.retried} at a second attempt, ${seen.failures.length} not`
      const most = `slowest ${seen.slowestMs.toFixed(0)} ms, at most ${seen.residentMib.toFixed(0)} MiB`
      process.stdout.write(`${flood.name}: ${others}, ${most}\n`)
      for (const failure of new Set(seen.failures)) process.stdout.write(`  ${failure}\n`)
    }
  } finally {
    await target.stop()
    await rm(dir, { recursive: true })
  }
  return failed === 0 ? 0 : 1
}

type Options = { readonly seconds: number; readonly connections: number; readonly seed: number }

/** Command line → options, undefined for --help, or an error message. */
function readOptions(words: readonly string[]): Options | undefined | string {
  const number = (byDefault: string) => ({ type: 'string', default: byDefault }) as const
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        help: { type: 'boolean', default: false },
        seconds: number('20'),
        connections: number('10000'),
        seed: number('1'),
      },
    })
    if (values.help) return undefined
    const [seconds, connections, seed] = [values.seconds, values.connections, values.seed].map(Number)
    if (!(seconds && seconds > 0 && seconds <= 3_600))
      return `--seconds ${values.seconds} is not between 0 and 3600`
    if (!(Number.isInteger(connections) && connections && connections <= 60_000))
      return `--connections ${values.connections} is not between 1 and 60000`
    if (seed === undefined || !Number.isInteger(seed)) return `--seed ${values.seed} is not an integer`
    return { seconds, connections, seed }
  } catch (error) {
    if (error instanceof TypeError) return error.message.split('\n', 1)[0] ?? ''
    throw error
  }
}
