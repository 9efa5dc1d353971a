import type { Absent, MeasuredServer, Score } from './measured-server.ts'
import type { Runtime } from './own-edges.ts'
import { type Bench, type Question, runRounds } from './rounds.ts'
import { atMost, type Result, ratioTargets, type Target } from './row.ts'
import type { Servers } from './servers.ts'
import { zone } from './shape.ts'

/** Rows that compare our servers with others under load. */
export const comparisonRows: Readonly<Record<string, (servers: Servers, bench: Bench) => Promise<Result[]>>> =
  {
    a: async (servers, bench) => [
      await hostComparison(
        'a',
        'the same question repeatedly, headless Service of 3, POST',
        one(3),
        servers,
        bench,
        [
          ['Node', 'bare node:http2', 1.2],
          ['Node', 'CoreDNS', 0.67],
          ['Bun', 'bare node:http2', 0.4],
          ['Bun', 'BIND', 1],
          ['Bun', 'CoreDNS', 0.25],
        ],
      ),
    ],
    b: async (servers, bench) => [
      await hostComparison('b', 'every Service in turn, GET', { all: servers.shape.names }, servers, bench, [
        ['Node', 'CoreDNS', 0.8],
      ]),
    ],
    c: async (servers, bench) => [
      await hostComparison(
        'c',
        'the same question repeatedly, headless Service of 50, POST',
        one(50),
        servers,
        bench,
        [['Node', 'CoreDNS', 0.5]],
      ),
    ],
  }

function one(size: 3 | 50): Question {
  return { one: `of${size}.bench.svc.${zone}` }
}

async function hostComparison(
  row: string,
  title: string,
  question: Question,
  servers: Servers,
  bench: Bench,
  limits: readonly (readonly [runtime: Runtime['name'], to: string, limit: number])[],
): Promise<Result> {
  const { server } = await servers.serve()
  const others = [await servers.serveOnBun(), ...(await servers.others())]
  const measured = [server, ...others.filter((other): other is MeasuredServer => 'url' in other)]
  const absent = others.filter((other): other is Absent => 'absent' in other)
  const scores = await runRounds(measured, question, bench)
  const targets = limits.flatMap(([runtime, to, limit]) => {
    const make = (ours: Score, other: Score): Target => {
      const ratio = ours.cpuMicrosPerQuery / other.cpuMicrosPerQuery
      return atMost(`CPU per query on ${runtime}, ratio to ${to}`, ratio, limit)
    }
    return ratioTargets(scores, to, make, `kubedoh serve on ${runtime}`)
  })
  return { row, title, scores, absent, targets, facts: {} }
}
