import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { blobsOf, rereadRoot } from '../../snapshot/root.ts'
import { bucketsIn, jwsOf } from '../../snapshot/root-value.ts'
import type { BucketRoot } from '../../snapshot/schema.ts'
import type { Objects } from './cluster-model.ts'
import type { Heard } from './doh-messages.ts'
import type { Asked } from './expected-answer.ts'
import type { Isolate } from './isolate.ts'
import { ModelError } from './model-error.ts'
import type { Publisher } from './publisher.ts'
import { drawQuestion, everyQuestion } from './questions.ts'
import { away, far, flaky, near, overloaded, slow } from './serving-world.ts'
import { cluster, type Simulation } from './simulation.ts'
import { breeze, calm, faultMixes, maxLagMs, outage } from './store-faults.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/**
 * The events of a simulation: a first publish, busy minutes and long lulls with various store faults, outages, and rests
 * after which all answers must be right. At the end a quiet day, after which the store has no garbage. Throws the first
 * broken rule.
 */
export async function runScenario(simulation: Simulation): Promise<void> {
  const { random } = simulation
  for (let count = random.between(2, 4); count > 0; count--) simulation.spawn()
  await begin(simulation)
  for (let day = 0; day < 3; day++) {
    for (let episode = 0; episode < 2; episode++) {
      await busy(simulation)
      if (random.chance(0.3)) await rest(simulation)
      if (random.chance(0.2)) await dark(simulation)
      simulation.kv.faults = random.chance(0.5) ? calm : breeze
      await lull(simulation, random.between(4, 7) * hour, random.pick([10, 40]))
    }
  }
  await rest(simulation)
  await lull(simulation, 25 * hour, 60)
  simulation.kv.faults = calm
  await lull(simulation, 2 * hour, 15)
  clean(simulation)
  await publishSurely(simulation, simulation.states.at(-1) as Objects)
  await settle(simulation)
  simulation.isolates.splice(3)
  await expectAll(
    simulation,
    everyQuestion(simulation.states.at(-1) as Objects).filter(() => random.chance(0.5)),
    second,
  )
  simulation.checker.close()
}

/** Starts isolates before the first snapshot. */
async function begin(simulation: Simulation): Promise<void> {
  const state = simulation.states[0] as Objects
  for (const isolate of simulation.isolates)
    void simulation.ask(isolate, drawQuestion(state, simulation.random))
  await pass(simulation, 10 * second)
  await publishSurely(simulation, state)
  // Copies of "absent" may already have the age of the lag.
  const endMs = simulation.time.now() + maxLagMs + 32 * second
  while (simulation.time.now() < endMs) {
    for (const isolate of simulation.isolates)
      void simulation.ask(isolate, drawQuestion(state, simulation.random))
    await pass(simulation, 3 * second)
  }
  for (const isolate of simulation.isolates) await answered(simulation, isolate, surely(state), second)
}

/** Minutes with changes and queries, in which isolates start and end, and two agents publish at once. */
async function busy(simulation: Simulation): Promise<void> {
  const { random, time } = simulation
  simulation.kv.faults = random.pick(faultMixes)
  if (simulation.serving) simulation.serving.faults = random.pick([near, far, slow, overloaded, flaky, away])
  simulation.counts.count(`busy with store faults: ${simulation.kv.faults.name}`)
  const endMs = time.now() + random.between(90, 180) * second
  let nextChangeMs = time.now()
  while (time.now() < endMs) {
    if (time.now() >= nextChangeMs) {
      nextChangeMs = time.now() + random.between(5, 50) * second
      publishSomehow(simulation)
    }
    if (random.chance(0.01)) replace(simulation)
    if (random.chance(0.005)) simulation.crashRegister()
    for (let count = random.between(0, 3); count > 0; count--) askSomebody(simulation)
    await pass(simulation, random.between(20, 2_000))
  }
  if (simulation.serving) simulation.serving.faults = near
}

/** One agent publishes the newest state, or both publish at once, each its own newest state. */
function publishSomehow(simulation: Simulation): void {
  const { random, publishers, states, counts } = simulation
  const newest = simulation.change()
  const pauseMs = random.chance(0.2) ? random.between(1, 90) * second : 0
  const forgetful = random.chance(0.5)
  const [first, second_, twin] = publishers
  if (!first || !second_ || !twin) return
  const drawn = random.next()
  const start = (publisher: Publisher, state: Objects, forgets: boolean): void =>
    simulation.background(publisher.publish(state, { pauseMs, forgetful: forgets }))
  if (drawn < 0.6) start(first, newest, forgetful)
  else if (drawn < 0.8) start(second_, random.pick(states.slice(-3)), forgetful)
  else {
    counts.count('duels')
    start(second_, random.pick(states.slice(-3)), true)
    start(random.chance(0.5) ? twin : first, newest, true)
  }
}

/** Hours without changes: heartbeats and a few queries. */
async function lull(simulation: Simulation, ms: number, heartbeatMinutes: number): Promise<void> {
  const { random, time } = simulation
  const endMs = time.now() + ms
  while (time.now() < endMs) {
    await publishOnce(simulation, simulation.states.at(-1) as Objects, false)
    if (random.chance(0.02)) replace(simulation)
    if (random.chance(0.3)) askSomebody(simulation)
    await pass(simulation, random.between(0.8 * heartbeatMinutes, 1.2 * heartbeatMinutes) * minute)
  }
}

/** Time without store faults until every isolate sees the last publish, with a few queries. */
async function settle(simulation: Simulation): Promise<void> {
  const { time, states, random } = simulation
  simulation.kv.faults = calm
  const endMs = time.now() + maxLagMs + 4 * minute
  while (time.now() < endMs) {
    const state = states.at(-1) as Objects
    for (const isolate of simulation.isolates) void simulation.ask(isolate, drawQuestion(state, random))
    await pass(simulation, 15 * second)
  }
}

/** After quiet minutes, every isolate answers all names of the newest state, and the store has it. */
async function rest(simulation: Simulation): Promise<void> {
  const { counts, history, random, states } = simulation
  simulation.kv.faults = calm
  counts.count('rests')
  while (simulation.isBusy()) await pass(simulation, 10 * second)
  await pass(simulation, 2 * minute)
  // In every second rest the cluster returns to an earlier state, whose blobs may have been deleted.
  if (random.chance(0.5)) states.push(random.pick(states))
  const state = states.at(-1) as Objects
  await publishSurely(simulation, state)
  simulation.spawn()
  await settle(simulation)
  const newest = history.newest()
  if (newest?.objects !== state) throw new ModelError('store', 'the last published state is not in force')
  const sample = everyQuestion(state).filter(() => random.chance(0.1))
  const generation = await expectAll(simulation, sample, second)
  if (generation !== newest.root.generation)
    throw new ModelError('liveness', `answers have generation ${generation}, not the newest`)
  expectStored(simulation)
}

/** The longest wait of a warm isolate for the register, if that serves (ms). */
const registerMs = 2 * second

/** The store does not answer. Warm isolates still do, and all of them do as soon as the store is back. */
async function dark(simulation: Simulation): Promise<void> {
  const { random, states, counts } = simulation
  await rest(simulation)
  simulation.kv.faults = outage
  counts.count('outages')
  const state = states.at(-1) as Objects
  const asked = everyQuestion(state).filter(() => random.chance(0.1))
  const warm = simulation.isolates.filter((isolate) => isolate.roomy)
  simulation.kv.faults = calm
  for (const isolate of warm) for (const each of asked) await answered(simulation, isolate, each, second)
  simulation.kv.faults = outage
  const cold = simulation.spawn()
  for (let count = 40; count > 0; count--) {
    const withinMs = simulation.serving ? registerMs : 0
    for (const isolate of warm) await answered(simulation, isolate, random.pick(asked), withinMs)
    void simulation.ask(cold, drawQuestion(state, random))
    await pass(simulation, random.between(20, 6_000))
  }
  simulation.kv.faults = calm
  await pass(simulation, 2 * second)
  for (const isolate of simulation.isolates) await answered(simulation, isolate, surely(state), 4 * second)
}

/** Checks that every isolate answers all questions from the same generation, and returns that. */
async function expectAll(
  simulation: Simulation,
  questions: readonly Asked[],
  withinMs: number,
): Promise<number | undefined> {
  let generation: number | undefined
  for (const isolate of simulation.isolates) {
    for (const asked of questions) {
      const heard = await answered(simulation, isolate, asked, withinMs)
      generation ??= heard
      if (heard === generation) continue
      const why = `isolate ${isolate.id} answers ${asked.name} from ${heard}, others from ${generation}`
      throw new ModelError('liveness', why)
    }
  }
  return generation
}

/** A question that every state of the cluster answers with addresses. */
function surely(state: Objects): Asked {
  return everyQuestion(state)[0] as Asked
}

/** Asks a question that has an answer, lets time pass until it arrives, and returns its generation. */
async function answered(
  simulation: Simulation,
  isolate: Isolate,
  asked: Asked,
  withinMs: number,
): Promise<number> {
  const { time } = simulation
  const fail = (why: string): never => {
    throw new ModelError('liveness', `isolate ${isolate.id}, asked for ${asked.name}: ${why}`)
  }
  const answer: { heard?: Heard } = {}
  const startMs = time.now()
  void simulation.ask(isolate, asked, undefined, (heard) => (answer.heard = heard))
  await pass(simulation, 0)
  while (!answer.heard && time.now() - startMs < withinMs) await pass(simulation, 10)
  const { heard } = answer
  if (!heard) return fail(`no answer within ${withinMs} ms`)
  return heard.generation === undefined || heard.rcode === 'SERVFAIL' ? fail('SERVFAIL') : heard.generation
}

/** Checks that the store has the root in force and its blobs. */
function expectStored({ kv, history }: Simulation): void {
  const newest = history.newest()
  if (!newest) throw new ModelError('store', 'nothing was published')
  const value = kv.central(rootKey(cluster)) ?? ''
  if (jwsOf(value) !== newest.jws)
    throw new ModelError('store', 'the store has another root than the register')
  const { buckets } = rereadRoot(newest.jws) as Partial<BucketRoot>
  if (bucketsIn(value).length !== (buckets?.shards.length ?? 0))
    throw new ModelError('store', 'the store has another number of buckets than the root')
  for (const hash of blobsOf(newest.root)) {
    if (kv.central(blobKey(cluster, hash)) === null) throw new ModelError('store', `blob ${hash} is missing`)
  }
}

/** Checks that after a day without changes the store has only the root in force and its blobs. */
function clean(simulation: Simulation): void {
  const { kv, history, host } = simulation
  const used = blobsOf(history.newest()?.root ?? ({} as never))
  const kept = kv.keys().filter((key) => key !== rootKey(cluster))
  const garbage = kept.filter((key) => !used.has(key.slice(blobKey(cluster, '').length)))
  if (garbage.length > 0)
    throw new ModelError('store', `${garbage.length} of ${kept.length} blobs are garbage`)
  const listed = host.blobs(cluster).length
  if (listed !== used.size)
    throw new ModelError('store', `the ledger lists ${listed} blobs, ${used.size} are used`)
}

function askSomebody(simulation: Simulation): void {
  const { random, states } = simulation
  const hangUp = random.chance(0.05) ? random.between(0, 500) : undefined
  // Several clients ask one isolate the same question at the same time.
  const isolate = random.pick(simulation.isolates)
  const asked = drawQuestion(random.pick(states.slice(-3)), random)
  const herd = random.chance(0.05) ? random.between(2, 6) : 1
  for (let count = herd; count > 0; count--) void simulation.ask(isolate, asked, hangUp)
}

/** Ends an isolate and starts another. */
function replace(simulation: Simulation): void {
  const index = simulation.random.between(0, simulation.isolates.length - 1)
  simulation.isolates[index]?.die()
  simulation.isolates.splice(index, 1)
  simulation.spawn()
  simulation.counts.count('isolates replaced')
}

async function publishOnce(simulation: Simulation, state: Objects, forgetful: boolean): Promise<boolean> {
  const [publisher] = simulation.publishers
  let outcome: boolean | undefined
  void publisher?.publish(state, { pauseMs: 0, forgetful }).then((done) => (outcome = done))
  while (outcome === undefined) await pass(simulation, second)
  return outcome
}

async function publishSurely(simulation: Simulation, state: Objects): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) if (await publishOnce(simulation, state, true)) return
  throw new ModelError('liveness', 'an agent cannot publish although the store works')
}

async function pass(simulation: Simulation, ms: number): Promise<void> {
  await simulation.time.pass(ms)
  simulation.check()
}
