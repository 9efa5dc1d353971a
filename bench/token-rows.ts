import { policyWithToken } from '../test/blackbox/token-policy.ts'
import { createCleanup } from './cleanup.ts'
import type { MeasuredServer } from './measured-server.ts'
import { median } from './median.ts'
import { startServe, startWorker } from './own-edges.ts'
import { estimate, estimateText } from './paired-figures.ts'
import { requestsOf } from './paired-load.ts'
import { pairedRounds } from './paired-rounds.ts'
import type { Bench, Question } from './rounds.ts'
import { atMost, type Result } from './row.ts'
import type { Servers } from './servers.ts'
import { zone } from './shape.ts'

/** The row that measures the same server with and without a token, in pairs. */
export const tokenRows: Readonly<Record<string, (servers: Servers, bench: Bench) => Promise<Result[]>>> = {
  m: withToken,
}

async function withToken({ shape }: Servers, bench: Bench): Promise<Result[]> {
  const cleanup = createCleanup(bench.tell)
  try {
    const policy = await policyWithToken('bench', { all: true }, { anonymous: { all: true } })
    const { server } = await startServe(shape, cleanup, { policy: policy.source })
    const { server: worker } = await startWorker(shape, cleanup, policy.source)
    const one: Question = { one: `of3.bench.svc.${zone}` }
    const all: Question = { all: shape.names }
    return [
      await compare('kubedoh serve, one question, POST', server, one, policy.token, bench),
      await compare('kubedoh serve, every Service in turn, GET', server, all, policy.token, bench),
      await compare('the Worker on workerd serve, one question, POST', worker, one, policy.token, bench),
      await compare(
        'the Worker on workerd serve, every Service in turn, GET',
        worker,
        all,
        policy.token,
        bench,
      ),
    ]
  } finally {
    await cleanup.run()
  }
}

/** Measures each kind of request twice: the difference of the two, the null pair, shows what a difference of 0 looks like. */
async function compare(
  title: string,
  server: MeasuredServer,
  question: Question,
  token: string,
  bench: Bench,
): Promise<Result> {
  const { pathname } = new URL(server.url)
  const [without, held] = [requestsOf(question, pathname), requestsOf(question, `${pathname}/${token}`)]
  bench.tell(title)
  const [first = [], second = [], third = [], fourth = []] = await pairedRounds(
    [without, without, held, held].map((requests) => ({ server, requests })),
    bench,
  )
  const at = (values: readonly number[], round: number): number => values[round] ?? 0
  const difference = estimate(
    first.map((_, n) => (at(third, n) + at(fourth, n) - at(first, n) - at(second, n)) / 2),
  )
  const nullPair = estimate(
    first.map((_, n) => (at(second, n) + at(fourth, n) - at(first, n) - at(third, n)) / 2),
  )
  const base = median([...first, ...second])
  const percent = (100 * (difference.mean + difference.error)) / base
  return {
    row: 'm',
    title: `the same question with and without a token: ${title}`,
    scores: [],
    absent: [],
    targets: [atMost('CPU with a token, upper bound of the difference in %', percent, 3)],
    facts: {
      'CPU without a token, µs per query': base.toFixed(1),
      'difference with a token, µs (95 % interval)': estimateText(difference),
      'difference of the null pair, µs (95 % interval)': estimateText(nullPair),
      rounds: first.length,
    },
  }
}
