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
 * Rounds of random faults. KUBEDOH_CHAOS_SEED repeats a run, KUBEDOH_CHAOS_ROUNDS sets its length.
 *
 *   writer ─────────────▶ kube-apiserver ◀── etcd          prober ──▶ edge        sends queries continuously
 *      │                        ▲                                      ▲
 *      ▼ history: states      api-proxy: cuts, holds,   agent ─▶ edge-proxy: the same, before, during
 *        and their times      truncates, refuses  ◀──────┘       and after each request
 *
 * Each round draws one to three faults (faults.ts): of a link, of the API, or of a kubedoh process, which is killed and
 * restarted. Or it cuts off the API until the data is stale or has expired, or makes the API list nothing (outages.ts).
 * Meanwhile objects change directly through the API. After the faults, every answer must become right and fresh, and
 * equal to that of CoreDNS, which watches the same API without a proxy (recovery.ts).
 *
 * Every answer is checked (check-answer.ts), also during faults. It declares the age of its data: as of A. It must follow
 * from the states of its objects, each at some moment between A and now. A write may be visible from the time when it
 * was sent, and invisible until it was acknowledged. Since watch events take time, A may be 2 s too recent (allowanceMs;
 * the summary shows how much of that was used). This means:
 *
 *   - no wrong NXDOMAIN: a name that existed from A to now is not denied, and stale data does not deny names;
 *   - no wrong answers: records that ended before A, or never existed, are not answered;
 *   - no mixtures: endpoints, port and addresses that one write replaced are of one version, in one answer and in all
 *     answers of one generation; and no generation has an older version than an earlier generation;
 *   - no unmarked answers: data older than --stale-after-seconds is marked (EDE 3, or 22 instead of NXDOMAIN), data
 *     older than --expires-after-seconds is not used (EDE 14);
 *   - no withheld answers: SERVFAIL or a warning only if the data has that age; no response only while the edge is
 *     down;
 *   - no wrong dates: while nothing from the API reaches the agent, A does not advance;
 *   - no crashes: no kubedoh process ends by itself.
 */
const seed = Number(process.env.KUBEDOH_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = Number(process.env.KUBEDOH_CHAOS_ROUNDS ?? 200)

/** Pause between rounds: with continuous faults the agent's backoff would grow. */
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

test(`no wrong answer in ${rounds} rounds of faults, seed ${seed}`, async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: that cluster must not be killed')
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
      `${apiProxy.listCount()} list requests; the API itself answered 410 ${apiProxy.goneCount()} times; faults in ${edgeProxy.trickCount()} requests to the edge`,
    )
    await testBed.close()
  }
})

/** Runs all rounds. Throws AssertionError at the end of the first round with a wrong answer. */
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
    say(`failed in ${name}, after ${objects.changeCount()} changes`)
    throw error
  } finally {
    end.abort()
    await prober?.stop()
    edgeClient.close()
  }
}

/** Runs one round. Returns its result as text. */
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
  return `${changes.length} changes, recovered after ${Math.round(ms)} ms, ${pairs} answers equal to CoreDNS`
}
