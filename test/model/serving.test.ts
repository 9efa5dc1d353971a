import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Phase, quantile, watchFreshness } from './freshness.ts'
import { away, createServingWorld, flaky, near, type ServingWorld, slow } from './serving-world.ts'
import { createSimulation, type Simulation } from './simulation.ts'
import { settleCrypto } from './synchronous-crypto.ts'

/*
 * A register that serves, in front of the KV model: its reads are slow, away, or it is restarted. Every answer is checked by the
 * rules of check-answers.ts: never backwards in an isolate, no wrong NXDOMAIN, no request that waits for another one.
 *
 * KUBEDOH_SEED=7 npm test -- test/model/serving.test.ts   one seed
 */

const seed = Number(process.env.KUBEDOH_SEED ?? 1)
const minuteMs = 60_000

async function inWorld(
  offset: number,
  isServing: boolean,
  run: (simulation: Simulation, world: ServingWorld | undefined) => Promise<void>,
): Promise<void> {
  const restore = settleCrypto()
  let world: ServingWorld | undefined
  const simulation = await createSimulation(seed + offset, {
    serving: isServing ? (...ports) => (world = createServingWorld(...ports)) : undefined,
  })
  try {
    for (let count = 0; count < 4; count++) simulation.spawn()
    const [first] = simulation.states
    let isDone = false
    void simulation.publishers[0]
      ?.publish(first as never, { pauseMs: 0, forgetful: true })
      .then(() => (isDone = true))
    while (!isDone) await simulation.time.pass(1_000)
    await simulation.time.pass(5 * minuteMs)
    await run(simulation, world)
    simulation.checker.close()
  } finally {
    simulation.host.close()
    restore()
  }
}

const phase = (faults: Phase['faults'], minutes: number, restarts = 0): Phase => ({
  faults,
  ms: minutes * minuteMs,
  restarts,
})
const text = (lateMs: readonly number[]): string =>
  [0.5, 0.99, 1].map((part) => (quantile(lateMs, part) / 1_000).toFixed(1)).join('/')

for (const isShared of [true, false]) {
  test(`a change is answered within 5 s${isShared ? '' : ', also where locations share nothing'}`, async (t) => {
    await inWorld(0, true, async (simulation, world) => {
      if (world) world.isShared = isShared
      for (const askMs of [250, 5_000]) {
        const watched = phase(near, askMs < 1_000 ? 1 : 6)
        const report = await watchFreshness(simulation, world, watched, { publishMs: 2_000, askMs })
        const { lateMs, reads } = report
        t.diagnostic(`a query every ${askMs} ms: ${text(lateMs)} s of ${lateMs.length}; ${reads} reads`)
        assert.ok(lateMs.length > 50)
        assert.ok(quantile(lateMs, 0.99) <= 5_000, text(lateMs))
      }
    })
  })
}

test('a register that is slow, flaky, restarted or away breaks no rule, and is used again afterwards', async (t) => {
  await inWorld(1, true, async (simulation, world) => {
    const speed = { publishMs: 2_000, askMs: 800 }
    for (const [name, each] of Object.entries({
      slow: phase(slow, 0.5),
      flaky: phase(flaky, 0.5),
      restarted: phase(near, 1, 3),
      away: phase(away, 2),
    })) {
      const { lateMs } = await watchFreshness(simulation, world, each, speed)
      t.diagnostic(`${name}: ${text(lateMs)} s of ${lateMs.length}`)
    }
    await watchFreshness(simulation, world, phase(near, 1), speed)
    const { lateMs } = await watchFreshness(simulation, world, phase(near, 1), speed)
    t.diagnostic(`after: ${text(lateMs)} s of ${lateMs.length}`)
    assert.ok(quantile(lateMs, 0.99) <= 5_000, text(lateMs))
    assert.ok((world?.counts.checkpoints ?? 0) > 0)
  })
})

test('without it, a change is answered within about two minutes', async (t) => {
  await inWorld(2, false, async (simulation) => {
    const { lateMs } = await watchFreshness(simulation, undefined, phase(near, 2), {
      publishMs: 10_000,
      askMs: 250,
    })
    t.diagnostic(`KV, publish every 10 s: ${text(lateMs)} s of ${lateMs.length}`)
    assert.ok(quantile(lateMs, 0.99) > 10_000)
  })
})
