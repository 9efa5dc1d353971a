import type { Absent, Contender, Score } from './measured-server.ts'
import { type Bench, type Question, runRounds } from './rounds.ts'
import { atLeast, atMost, type Result, ratioTargets, type Target } from './row.ts'
import type { Lineup } from './servers.ts'
import { zone } from './shape.ts'

/** Rows that load our servers beside others. */
export const contestRows: Readonly<Record<string, (lineup: Lineup, bench: Bench) => Promise<Result[]>>> = {
  a: async (lineup, bench) => [
    await nodeContest(
      'a',
      'one question again and again, headless Service of 3, POST',
      one(3),
      lineup,
      bench,
      [
        ['bare node:http2', 1.3],
        ['CoreDNS', 0.67],
      ],
    ),
  ],
  b: async (lineup, bench) => [
    await nodeContest('b', 'every Service in turn, GET', { all: lineup.shape.names }, lineup, bench, [
      ['CoreDNS', 0.8],
    ]),
  ],
  c: async (lineup, bench) => [
    await nodeContest(
      'c',
      'one question again and again, headless Service of 50, POST',
      one(50),
      lineup,
      bench,
      [['CoreDNS', 0.5]],
    ),
  ],
  d: async (lineup, bench) => [
    await workerContest(
      'on workerd serve: one question again and again, HTTP/1.1, POST',
      one(3),
      lineup,
      bench,
    ),
    await workerContest(
      'on workerd serve: every Service in turn, HTTP/1.1, GET',
      { all: lineup.shape.names },
      lineup,
      bench,
    ),
  ],
}

function one(size: 3 | 50): Question {
  return { one: `of${size}.bench.svc.${zone}` }
}

async function nodeContest(
  row: string,
  title: string,
  question: Question,
  lineup: Lineup,
  bench: Bench,
  limits: readonly (readonly [string, number])[],
): Promise<Result> {
  const { contender } = await lineup.serve()
  const others = await lineup.others()
  const contenders = [contender, ...others.filter((other): other is Contender => 'url' in other)]
  const absent = others.filter((other): other is Absent => 'absent' in other)
  const scores = await runRounds(contenders, question, bench)
  const targets = limits.flatMap(([to, limit]) =>
    ratioTargets(scores, to, (ours, other) =>
      atMost(`CPU per query by ${to}'s`, ours.cpuMicrosPerQuery / other.cpuMicrosPerQuery, limit),
    ),
  )
  return { row, title, scores, absent, targets, facts: {} }
}

async function workerContest(
  title: string,
  question: Question,
  lineup: Lineup,
  bench: Bench,
): Promise<Result> {
  const { contender } = await lineup.worker()
  const scores = await runRounds([contender, await lineup.bareWorker()], question, bench)
  const target = (ours: Score, other: Score): Target =>
    atLeast("requests per second by the bare Worker's", ours.requestsPerSecond / other.requestsPerSecond, 0.9)
  return {
    row: 'd',
    title,
    scores,
    absent: [],
    targets: ratioTargets(scores, 'bare Worker', target),
    facts: {},
  }
}
