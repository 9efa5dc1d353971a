import { median, quantile } from './median.ts'
import { estimate } from './paired-figures.ts'
import { requestsOf } from './paired-load.ts'
import { pairedRounds } from './paired-rounds.ts'
import type { Bench, Question } from './rounds.ts'
import { atLeast, type Result } from './row.ts'
import type { Servers } from './servers.ts'
import { zone } from './shape.ts'

/** The row that measures the Worker beside the least that a Worker can do, in pairs. */
export const workerRows: Readonly<Record<string, (servers: Servers, bench: Bench) => Promise<Result[]>>> = {
  d: async (servers, bench) => [
    await compare('the same question repeatedly, POST', { one: `of3.bench.svc.${zone}` }, servers, bench),
    await compare('every Service in turn, GET', { all: servers.shape.names }, servers, bench),
  ],
}

/** The least ratio of each bare Worker's CPU to ours. */
const leastRatios: Readonly<Record<string, number>> = {
  'bare Worker': 0.9,
  'bare Worker with our headers': 0.95,
}

async function compare(title: string, question: Question, servers: Servers, bench: Bench): Promise<Result> {
  const { server } = await servers.worker()
  const bare = await servers.bareWorkers()
  bench.tell(title)
  const sides = [server, ...bare].map((each) => ({
    server: each,
    requests: requestsOf(question, new URL(each.url).pathname),
  }))
  const [ours = [], ...others] = await pairedRounds(sides, bench)
  const ratios = bare.map(({ name }, at) => ({
    name,
    ofRounds: ours.map((micros, round) => (others[at]?.[round] ?? 0) / micros),
  }))
  return {
    row: 'd',
    title: `on workerd serve: ${title}, HTTP/1.1`,
    scores: [],
    absent: [],
    targets: ratios.map(({ name, ofRounds }) =>
      atLeast(`CPU per query of the ${name}, ratio to ours`, median(ofRounds), leastRatios[name] ?? 0),
    ),
    facts: {
      'CPU, µs per query (median)': [ours, ...others].map((micros) => median(micros).toFixed(1)).join(', '),
      ...Object.fromEntries(
        ratios.map(({ name, ofRounds }) => [`spread of the ratio, ${name}`, spread(ofRounds)]),
      ),
      rounds: ours.length,
    },
  }
}

/** The 95 % interval of the median, and where the middle half of the rounds is. */
function spread(ratios: readonly number[]): string {
  const half = `half of the rounds ${quantile(ratios, 0.25).toFixed(2)} to ${quantile(ratios, 0.75).toFixed(2)}`
  return `± ${estimate(ratios).error.toFixed(3)} (95 % interval), ${half}`
}
