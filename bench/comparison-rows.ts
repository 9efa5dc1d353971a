import type { Absent, MeasuredServer } from './measured-server.ts'
import { type Bench, type Question, runRounds } from './rounds.ts'
import { atLeast, atMost, type Result, ratioTargets } from './row.ts'
import type { Servers } from './servers.ts'
import { zone } from './shape.ts'

/** Rows that compare our servers with others under load. */
export const comparisonRows: Readonly<Record<string, (servers: Servers, bench: Bench) => Promise<Result[]>>> =
  {
    a: async (servers, bench) => [
      await nodeComparison(
        'a',
        'the same question repeatedly, headless Service of 3, POST',
        one(3),
        servers,
        bench,
        [
          ['bare node:http2', 1.3],
          ['CoreDNS', 0.67],
        ],
      ),
    ],
    b: async (servers, bench) => [
      await nodeComparison('b', 'every Service in turn, GET', { all: servers.shape.names }, servers, bench, [
        ['CoreDNS', 0.8],
      ]),
    ],
    c: async (servers, bench) => [
      await nodeComparison(
        'c',
        'the same question repeatedly, headless Service of 50, POST',
        one(50),
        servers,
        bench,
        [['CoreDNS', 0.5]],
      ),
    ],
    d: async (servers, bench) => [
      await workerComparison(
        'on workerd serve: the same question repeatedly, HTTP/1.1, POST',
        one(3),
        servers,
        bench,
      ),
      await workerComparison(
        'on workerd serve: every Service in turn, HTTP/1.1, GET',
        { all: servers.shape.names },
        servers,
        bench,
      ),
    ],
  }

function one(size: 3 | 50): Question {
  return { one: `of${size}.bench.svc.${zone}` }
}

async function nodeComparison(
  row: string,
  title: string,
  question: Question,
  servers: Servers,
  bench: Bench,
  limits: readonly (readonly [string, number])[],
): Promise<Result> {
  const { server } = await servers.serve()
  const others = await servers.others()
  const measured = [server, ...others.filter((other): other is MeasuredServer => 'url' in other)]
  const absent = others.filter((other): other is Absent => 'absent' in other)
  const scores = await runRounds(measured, question, bench)
  const targets = limits.flatMap(([to, limit]) =>
    ratioTargets(scores, to, (ours, other) =>
      atMost(`CPU per query, ratio to ${to}`, ours.cpuMicrosPerQuery / other.cpuMicrosPerQuery, limit),
    ),
  )
  return { row, title, scores, absent, targets, facts: {} }
}

async function workerComparison(
  title: string,
  question: Question,
  servers: Servers,
  bench: Bench,
): Promise<Result> {
  const { server } = await servers.worker()
  const scores = await runRounds([server, ...(await servers.bareWorkers())], question, bench)
  const targets = [['bare Worker', 0.9] as const, ['bare Worker with our headers', 0.95] as const]
  return {
    row: 'd',
    title,
    scores,
    absent: [],
    targets: targets.flatMap(([to, limit]) =>
      ratioTargets(scores, to, (ours, other) =>
        atLeast(
          `CPU per query of the ${to}, ratio to ours`,
          other.cpuMicrosPerQuery / ours.cpuMicrosPerQuery,
          limit,
        ),
      ),
    ),
    facts: {},
  }
}
