import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createRandom, type Random } from '../../model/random.ts'
import { type Available, availableCluster } from '../available.ts'
import { createAsker } from './asker.ts'
import { drawFaults, type Fault } from './faults.ts'
import { createJudge } from './judge.ts'
import { createLedger } from './ledger.ts'
import { cutOff, listNothing } from './outages.ts'
import { startProber } from './prober.ts'
import { agreed, type RecoveryParts, recovered } from './recovery.ts'
import { type Scene, setScene } from './scene.ts'
import { createTally, type Tally } from './tally.ts'
import { createWorld } from './world.ts'
import { createWriter } from './writer.ts'

const seed = Number(process.env.KUBEDOH_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = Number(process.env.KUBEDOH_CHAOS_ROUNDS ?? 200)

/** Between two rounds: faults are to be told apart from an API that is broken all the time, for which the agent waits ever longer. */
const calmMs = 1_200

let available: Available

before(
  async () => {
    available = await availableCluster(process.env)
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  if (available?.cluster?.owned) await available.cluster.stop()
})

test(`nothing wrong is answered through ${rounds} rounds of faults, seed ${seed}`, async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: that cluster is not to be killed')
  const tally = createTally()
  const scene = await setScene(cluster, tally)
  try {
    await tell(scene, tally, (line) => t.diagnostic(line))
  } catch (error) {
    const repeat = `KUBEDOH_CHAOS_SEED=${seed} KUBEDOH_CHAOS_ROUNDS=${rounds} npm run test:cluster -- chaos`
    t.diagnostic(`repeat with: ${repeat}`)
    t.diagnostic(`the agent's last lines:\n${scene.agent.lastLines().join('\n')}`)
    throw error
  } finally {
    for (const line of tally.summary()) t.diagnostic(line)
    await scene.close()
  }
})

/** The whole story. Throws AssertionError at the end of the first round that had anything wrong. */
async function tell(scene: Scene, tally: Tally, say: (line: string) => void): Promise<void> {
  const random = createRandom(seed)
  const end = new AbortController()
  const ledger = createLedger()
  const writer = createWriter(scene.api, ledger, end.signal)
  const world = createWorld(ledger, writer, end.signal)
  await Promise.all([world.begin(), scene.edge.start(), scene.plane.startCoredns()])
  await scene.agent.start()
  const asker = createAsker(scene.dohUrl, scene.plane.caFile)
  const parts: RecoveryParts = { scene, world, ledger, asker }
  await recovered(parts)
  const prober = startProber({
    ...{ world, asker, tally, random: random.fork() },
    judge: createJudge(ledger, scene.limits, () => scene.cut.sinceMs),
    mayBeSilent: (sentMs, nowMs) => scene.edge.wasAway(sentMs - 500, nowMs),
  })
  try {
    for (let round = 0; round < rounds; round++) {
      const begunMs = performance.now()
      const told = await playRound(round, parts, tally, random.fork())
      const tookMs = performance.now() - begunMs
      say(`round ${round}: ${told}, ${(tookMs / 1000).toFixed(1)} s`)
      assert.deepEqual(tally.wrongs(), [], `wrong answers in round ${round}: ${told}`)
    }
  } finally {
    end.abort()
    await prober.stop()
    asker.close()
  }
}

async function playRound(round: number, parts: RecoveryParts, tally: Tally, random: Random): Promise<string> {
  const { scene, world, asker } = parts
  const plot = plotOf(round, random)
  const faults = plot === 'faults' ? drawFaults(random) : []
  for (const name of plot === 'faults' ? faults.map((fault) => fault.name) : [plot]) tally.fault(name)
  const strike = async ({ afterMs, act }: Fault): Promise<void> => {
    await pause(afterMs)
    await act(scene)
  }
  const special = random.fork()
  const changes = changesOf(random, plot === 'faults' ? 1_200 : 4_000)
  const changing = changes.map(async ({ afterMs, own }) => {
    await pause(afterMs)
    await world.change(own)
  })
  await Promise.all([
    ...faults.map(strike),
    ...(plot === 'API lists nothing' ? [listNothing(scene, special)] : []),
    ...(plot === 'API cut off' || plot === 'API cut off for long'
      ? [cutOff(scene, asker, special, plot === 'API cut off for long')]
      : []),
    ...changing,
  ])
  const ms = await recovered(parts)
  tally.recovered(ms)
  const pairs = await agreed(parts, random.fork())
  await pause(calmMs)
  const what = faults.map((fault) => `${fault.name} (${fault.ms} ms)`).join(' + ') || plot
  return `${what}; ${changes.length} changes, right after ${Math.round(ms)} ms, ${pairs} answers as CoreDNS's`
}

type Plot = 'faults' | 'API cut off' | 'API cut off for long' | 'API lists nothing'

function plotOf(round: number, random: Random): Plot {
  if (round % 70 === 35) return 'API cut off for long'
  if (random.chance(0.04)) return 'API cut off'
  return random.chance(0.02) ? 'API lists nothing' : 'faults'
}

function changesOf(random: Random, withinMs: number): { afterMs: number; own: Random }[] {
  return Array.from({ length: random.between(2, 8) }, () => ({
    afterMs: random.between(0, withinMs),
    own: random.fork(),
  }))
}
