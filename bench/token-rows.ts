import { policyWithToken } from '../test/blackbox/token-policy.ts'
import { createCleanup } from './cleanup.ts'
import type { MeasuredServer } from './measured-server.ts'
import { startServe, startWorker } from './own-edges.ts'
import { type Bench, runRounds } from './rounds.ts'
import { atMost, type Result, ratioTargets } from './row.ts'
import type { Servers } from './servers.ts'
import { shapeOf, zone } from './shape.ts'

/** The row that measures the same server with and without a token, in alternating rounds. */
export const tokenRows: Readonly<Record<string, (servers: Servers, bench: Bench) => Promise<Result[]>>> = {
  m: withToken,
}

async function withToken(_servers: Servers, bench: Bench): Promise<Result[]> {
  const cleanup = createCleanup(bench.tell)
  try {
    const policy = await policyWithToken('bench', { all: true }, { anonymous: { all: true } })
    // The rows need one Service only, and a token's shard is read once.
    const shape = shapeOf(10, 100)
    const { server } = await startServe(shape, cleanup, { policy: policy.source })
    const { server: worker } = await startWorker(shape, cleanup, policy.source)
    return [
      await compare('kubedoh serve, POST', server, policy.token, bench),
      await compare('the Worker on workerd serve, HTTP/1.1, POST', worker, policy.token, bench),
    ]
  } finally {
    await cleanup.run()
  }
}

async function compare(title: string, server: MeasuredServer, token: string, bench: Bench): Promise<Result> {
  const measured = [
    { ...server, name: 'with a token', url: `${server.url}/${token}` },
    { ...server, name: 'without a token' },
  ]
  const scores = await runRounds(measured, { one: `of3.bench.svc.${zone}` }, bench)
  const targets = ratioTargets(scores, 'without a token', (ours, other) =>
    atMost('CPU per query, ratio to without a token', ours.cpuMicrosPerQuery / other.cpuMicrosPerQuery, 1.03),
  )
  return {
    row: 'm',
    title: `the same question with and without a token: ${title}`,
    scores,
    absent: [],
    targets,
    facts: {},
  }
}
