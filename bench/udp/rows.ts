import { join } from 'node:path'
import { freePorts } from '../../test/free-ports.ts'
import type { Absent } from '../measured-server.ts'
import { startServe } from '../own-edges.ts'
import type { Bench } from '../rounds.ts'
import { atMost, type Result, ratioTargets } from '../row.ts'
import type { Servers } from '../servers.ts'
import { zone } from '../shape.ts'
import { startUdpPeers, type UdpServer } from './peers.ts'
import { stressedStub } from './stress-row.ts'
import { stubs } from './stub-row.ts'
import { runTurns } from './turns.ts'

/** The rows that measure plain DNS over UDP: beside servers that speak it only, and stubs in front of an edge, also under stress. */
export const udpRows: Readonly<Record<string, (servers: Servers, bench: Bench) => Promise<Result[]>>> = {
  n: overUdp,
  o: stubs,
  p: stressedStub,
}

/** The most of CoreDNS's CPU per query that ours may take. */
const mostOfCoredns = 0.6

async function overUdp({ shape, cleanup }: Servers, bench: Bench): Promise<Result[]> {
  const { dir, tell } = bench
  const [port = 0] = await freePorts(1)
  tell('starting kubedoh serve and the peers, which answer over UDP')
  const { server } = await startServe(shape, cleanup, { options: ['--dns-listen', `127.0.0.1:${port}`] })
  const peers = await startUdpPeers({ dir: join(dir, 'udp'), shape, cleanup, tell })
  const measured = [
    { name: 'kubedoh serve', port, pid: server.pid },
    ...peers.filter((peer): peer is UdpServer => 'port' in peer),
  ]
  const absent = peers.filter((peer): peer is Absent => 'absent' in peer)
  const questions = [
    ['the same question repeatedly, headless Service of 3', [`of3.bench.svc.${zone}`]],
    ['every Service in turn', shape.names],
  ] as const
  const results: Result[] = []
  for (const [title, names] of questions) {
    const scores = await runTurns(measured, names, bench)
    const targets = ratioTargets(scores, 'CoreDNS', (ours, other) =>
      atMost(
        'CPU per query, ratio to CoreDNS',
        ours.cpuMicrosPerQuery / other.cpuMicrosPerQuery,
        mostOfCoredns,
      ),
    )
    results.push({ row: 'n', title: `UDP: ${title}`, scores, absent, targets, facts: {} })
  }
  return results
}
