import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askAtOnce, type Burst } from '../../test/clients/burst.ts'
import { startRelay } from '../../test/clients/relay.ts'
import { startLoad } from '../../test/clients/steady-load.ts'
import { startServe } from '../own-edges.ts'
import type { Bench } from '../rounds.ts'
import { atMost, type Result, type Target } from '../row.ts'
import type { Servers } from '../servers.ts'
import { startConnect } from './stubs.ts'

/** Names that are asked at once, from this many sockets, and the time for the last answer (ms): clients wait for 5 s. */
const burst = { names: 10_000, sockets: 64, waitMs: 5_000 }

/** The largest part of a burst over UDP that may be without an answer (%), before it is asked once more. */
const mostLostPercent = 0.5

/** An edge that is away: for how long (ms), and the load on names that are cached when it leaves. */
const outage = { awayMs: 1_500, beforeMs: 2_000, afterMs: 3_500, perSecond: 1_000, names: 200 }

/** A time after which no answer of the edge is fresh: the TTL is 5 s. */
const staleMs = 5_500

type Server = Burst['server']

/** `kubedoh connect` with 10,000 names at once over UDP and TCP, and with an edge that is away for a while. */
export async function stressedStub({ shape, cleanup }: Servers, { tell }: Bench): Promise<Result[]> {
  tell('starting kubedoh serve, and kubedoh connect in front of it')
  const { server, certFile } = await startServe(shape, cleanup)
  const relay = await startRelay(Number(new URL(server.url).port))
  cleanup.add(relay.close)
  const url = new URL(server.url)
  url.port = String(relay.port)
  const caFile = join(dirname(certFile), 'ca.pem')
  const { port } = await startConnect({ url: url.href, caFile }, cleanup)
  const stub: Server = { address: '127.0.0.1', port }
  const names = shape.names.slice(0, burst.names)
  // The edge reads what it needs from its store before anything is measured.
  await askAtOnce({ ...burst, server: stub, transport: 'tcp', names, waitMs: 60_000 })
  await sleep(staleMs)
  const bursts = await measureBursts(stub, names)
  await sleep(staleMs)
  return [bursts, await measureOutage(stub, shape.names.slice(0, outage.names), relay)]
}

async function measureBursts(server: Server, names: readonly string[]): Promise<Result> {
  const facts: Record<string, string> = {}
  const targets: Target[] = []
  const cases = [
    ['udp', 'not cached'],
    ['udp', 'cached'],
    ['tcp', 'not cached'],
    ['tcp', 'cached'],
  ] as const
  for (const [transport, what] of cases) {
    const title = `${transport.toUpperCase()}, ${what}`
    const first = await askAtOnce({ ...burst, server, transport, names })
    facts[`${title}: last answer after (ms)`] = first.lastMs.toFixed(0)
    const percent = (100 * first.unanswered.length) / names.length
    targets.push(atMost(`${title}: unanswered (%)`, percent, transport === 'udp' ? mostLostPercent : 0))
    targets.push(atMost(`${title}: SERVFAIL`, first.servfail, 0))
    if (first.unanswered.length > 0) {
      const second = await askAtOnce({ ...burst, server, transport, names: first.unanswered })
      targets.push(atMost(`${title}: unanswered after one retry`, second.unanswered.length, 0))
    }
    if (what === 'cached') await sleep(staleMs)
  }
  const title = `kubedoh connect: ${burst.names} names at once, from ${burst.sockets} sockets`
  return { row: 'p', title, scores: [], absent: [], targets, facts }
}

async function measureOutage(
  server: Server,
  names: readonly string[],
  relay: Awaited<ReturnType<typeof startRelay>>,
): Promise<Result> {
  const { awayMs, beforeMs, afterMs, perSecond } = outage
  await askAtOnce({ server, transport: 'tcp', names, sockets: 1, waitMs: burst.waitMs })
  const load = await startLoad(server, names, perSecond)
  await sleep(beforeMs)
  await relay.leave()
  await sleep(awayMs)
  await relay.comeBack()
  await sleep(afterMs)
  const rcodes = await load.stop()
  const count = (rcode: string): number =>
    [...rcodes.values()].reduce((sum, counts) => sum + (counts.get(rcode) ?? 0), 0)
  const title = `kubedoh connect: edge away for ${awayMs / 1_000} s at ${perSecond} queries/s of ${names.length} cached names`
  const targets = [
    atMost('queries without an answer', count('NONE'), 0),
    atMost('NXDOMAIN', count('NXDOMAIN'), 0),
    atMost('SERVFAIL', count('SERVFAIL'), 0),
  ]
  return { row: 'p', title, scores: [], absent: [], targets, facts: { 'answers NOERROR': count('NOERROR') } }
}
