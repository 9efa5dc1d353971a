import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createRandom, type Random } from '../../seeded-random.ts'
import { type Available, availableCluster } from '../available-cluster.ts'
import { createWriter } from './api-writer.ts'
import { createObjects } from './changing-objects.ts'
import { createAnswerCheck } from './check-answer.ts'
import { type Counts, createCounts } from './counts.ts'
import { drawRound, type RoundPlan } from './draw-round.ts'
import { createEdgeClient } from './edge-client.ts'
import { createHistory } from './object-history.ts'
import { type Prober, startProber } from './prober.ts'
import { agreed, type RecoveryParts, recovered } from './recovery.ts'
import { startTestBed, type TestBed } from './test-bed.ts'

/*
 * A story of faults, drawn from a seed. KUBEDOH_CHAOS_SEED repeats one, KUBEDOH_CHAOS_ROUNDS says how long it is.
 *
 *   writer ─────────────▶ kube-apiserver ◀── etcd          prober ──▶ edge        asks all the while
 *      │                        ▲                                      ▲
 *      ▼ history: what was     api-box: cuts, holds,     agent ─▶ edge-box: the same, before, during
 *        true, and when       truncates, refuses  ◀──────┘       and after each request
 *
 * Each round draws one to three faults (faults.ts): on a link, on the API, on a process of ours, which is killed and
 * started anew; or cuts the API off until data is stale or has expired (outages.ts), or has it list nothing. Meanwhile
 * objects change, through the API itself. When the faults are over, every answer must become what the API was told,
 * and fresh, and equal CoreDNS's, which watches the same API without a proxy (recovery.ts).
 *
 * Every answer is judged (judge.ts), whatever goes on. It says how old its data is: as of A. Then it must be what the
 * objects that it depends on make of it, each as it was at some moment between A and now. A write counts as seen from
 * when it was sent, and as possibly unseen until it was acknowledged; what is known by watching is as old as the way
 * from the API is long, so A may be 2 s too young (allowanceMs; the summary says how much of that was needed). From this follows
 *
 *   - 0 wrong NXDOMAIN: a name that was there all the time from A to now is not denied, and stale data denies nothing;
 *   - 0 wrong answers: what ended before A, or never was, is not answered; neither fresh nor stale;
 *   - 0 mixtures: endpoints, port and addresses that one write replaced are of one version, in one answer and in all
 *     answers of one generation; and no generation has an older version than the one before;
 *   - 0 unmarked: older than --stale-after-seconds says so (EDE 3, or 22 instead of NXDOMAIN), older than
 *     --expires-after-seconds answers nothing (EDE 14);
 *   - 0 withheld: SERVFAIL, or a warning, only where the data is as old as that; no answer at all only while the edge
 *     is dead;
 *   - 0 dates: while no word of the API reaches the agent, A stands still;
 *   - 0 crashes: nothing of ours ends by itself.
 */
const seed = Number(process.env.KUBEDOH_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = Number(process.env.KUBEDOH_CHAOS_ROUNDS ?? 200)

/** Between two rounds: faults are to be told apart from an API that is broken all the time, for which the agent waits ever longer. */
const calmMs = 1_000

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
  const counts = createCounts()
  const testBed = await startTestBed(cluster, counts)
  const begunMs = performance.now()
  try {
    await tell(testBed, counts, (line) => t.diagnostic(line))
  } catch (error) {
    const repeat = `KUBEDOH_CHAOS_SEED=${seed} KUBEDOH_CHAOS_ROUNDS=${rounds} npm run test:cluster -- chaos`
    t.diagnostic(`repeat with: ${repeat}`)
    t.diagnostic(`the agent's last lines:\n${testBed.agent.lastLines().join('\n')}`)
    throw error
  } finally {
    const { apiProxy, edgeProxy } = testBed
    t.diagnostic(`seed ${seed}, ${((performance.now() - begunMs) / 60_000).toFixed(1)} minutes`)
    for (const line of counts.summary()) t.diagnostic(line)
    t.diagnostic(
      `the API was asked for ${apiProxy.listCount()} lists and said 410 by itself ${apiProxy.goneCount()} times; ${edgeProxy.trickCount()} requests to the edge met a trick`,
    )
    await testBed.close()
  }
})

/** The whole story. Throws AssertionError at the end of the first round that had anything wrong. */
async function tell(testBed: TestBed, counts: Counts, say: (line: string) => void): Promise<void> {
  const random = createRandom(seed)
  const end = new AbortController()
  const history = createHistory()
  const writer = createWriter(testBed.api, history, end.signal)
  const objects = createObjects(history, writer, end.signal)
  await Promise.all([objects.begin(), testBed.edge.start(), testBed.plane.startCoredns()])
  await testBed.agent.start()
  const edgeClient = createEdgeClient(testBed.dohUrl, testBed.plane.caFile)
  const parts: RecoveryParts = { testBed, objects, history, edgeClient, counts }
  let prober: Prober | undefined
  let name = 'the beginning'
  try {
    await recovered(parts)
    prober = startProber({
      ...{ objects, edgeClient, counts, random: random.fork() },
      check: createAnswerCheck(history, testBed.limits, () => testBed.cut.sinceMs),
      mayBeSilent: (sentMs, nowMs) => testBed.edge.wasAway(sentMs - 500, nowMs),
    })
    for (let round = 0; round < rounds; round++) {
      const begunMs = performance.now()
      const own = random.fork()
      const plan = drawRound(round, own)
      name = `round ${round}: ${plan.name}`
      const told = await runRound(plan, parts, own)
      say(`${name}; ${told}, ${((performance.now() - begunMs) / 1000).toFixed(1)} s`)
      assert.deepEqual(counts.wrongs(), [], `wrong answers in ${name}`)
    }
  } catch (error) {
    say(`it ended in ${name}; ${objects.changeCount()} changes so far`)
    throw error
  } finally {
    end.abort()
    await prober?.stop()
    edgeClient.close()
  }
}

/** One round. Gives what it came to, in words. */
async function runRound(plan: RoundPlan, parts: RecoveryParts, random: Random): Promise<string> {
  const { testBed, objects, edgeClient, counts } = parts
  for (const fault of plan.faults) counts.fault(fault)
  const changes = Array.from({ length: random.between(2, 8) }, () => ({
    afterMs: random.between(0, plan.changesWithinMs),
    own: random.fork(),
  }))
  const changing = changes.map(async ({ afterMs, own }) => {
    await pause(afterMs)
    await objects.change(own)
  })
  await Promise.all([plan.run(testBed, edgeClient), ...changing])
  const ms = await recovered(parts)
  counts.recovered(ms)
  const pairs = await agreed(parts, random.fork())
  await pause(calmMs)
  return `${changes.length} changes, right after ${Math.round(ms)} ms, ${pairs} answers as CoreDNS's`
}
