import { generateKeyPairSync } from 'node:crypto'
import { keyId, type SigningKey } from '../../snapshot/key.ts'
import { jwsOf } from '../../snapshot/root-value.ts'
import { type EdgeConfig, parseConfig } from '../../worker/config.ts'
import { createRandom, type Random } from '../seeded-random.ts'
import { type AnswerChecker, createAnswerChecker } from './check-answers.ts'
import { firstObjects, mutate, type Objects } from './cluster-model.ts'
import { type Counts, createCounts } from './counts.ts'
import type { Heard } from './doh-messages.ts'
import type { Asked } from './expected-answer.ts'
import { zone } from './expected-answer.ts'
import { createHistory, type History } from './history.ts'
import { createIsolate, type EdgeVariant, type Isolate } from './isolate.ts'
import { createKvModel, type KvModel } from './kv-model.ts'
import { ModelError } from './model-error.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { createRegisterHost, type RegisterHost, type RegisterVariant } from './register-host.ts'
import type { createServingWorld, ServingWorld } from './serving-world.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

/** The only cluster of the model. */
export const cluster = 'model'

/** Deliberate faults of a simulation, which prove that the rules can be broken. */
export type Variant = EdgeVariant & {
  readonly register?: RegisterVariant
  /** Makes a register that serves, in place of one that only writes to the store. */
  readonly serving?: typeof createServingWorld | undefined
}

/** All parts: a store, a register, two agents, isolates, and the checks of their behaviour. */
export type Simulation = {
  readonly time: VirtualTime
  readonly random: Random
  readonly kv: KvModel
  /** The register that serves, if it does. */
  readonly serving: ServingWorld | undefined
  readonly host: RegisterHost
  readonly history: History
  readonly counts: Counts
  readonly checker: AnswerChecker
  /** Two agents with different terms, and a third with the term of the second. */
  readonly publishers: readonly Publisher[]
  readonly isolates: Isolate[]
  /** The states of the cluster so far, the latest last. */
  readonly states: Objects[]
  /** Changes the cluster to a new state or back to an earlier one. */
  change(): Objects
  /** Starts a cold isolate at a random location. */
  spawn(): Isolate
  /** Asks a question and checks the answer. Resolves when it has arrived. */
  ask(isolate: Isolate, asked: Asked, patienceMs?: number, heard?: (heard: Heard) => void): Promise<void>
  crashRegister(): void
  /** Registers work in the background, such as a publish. */
  background(work: Promise<unknown>): void
  isBusy(): boolean
  /** Throws the first broken rule, if there is one. */
  check(): void
  /** Records a broken rule and stops time. */
  fail(error: unknown): void
}

export const locations = 3
const daysMs = 24 * 60 * 60_000
const startMs = Date.UTC(2026, 0, 5)

/** A signing key. It has no influence on the random draws. */
export async function signingKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  return { kid: await keyId(x), privateKey: privateKey.toCryptoKey('Ed25519', true, ['sign']), publicKey: x }
}

/** The configuration of an edge that serves the model's cluster. */
export function configOf(publicKey: string): EdgeConfig {
  const clusters = [{ id: cluster, keys: [publicKey], zones: [zone], reverse: ['10.0.0.0/8', 'fd00::/8'] }]
  return parseConfig(JSON.stringify({ public: true, clusters }))
}

/** The simulation of a seed at its start, without a snapshot. */
export async function createSimulation(seed: number, variant: Variant = {}): Promise<Simulation> {
  const signer = await signingKey()
  const random = createRandom(seed)
  const time = createVirtualTime(startMs)
  const counts = createCounts()
  const history = createHistory()
  const kv = createKvModel(time, random.fork(), locations)
  const log = (message: string): void => counts.count(`log ${message}`)
  const logger = { info: log, warn: log }
  const serving: ServingWorld | undefined = variant.serving?.(kv, time, random.fork(), logger)
  const host = serving?.host ?? createRegisterHost(kv, logger, variant.register)
  const config = configOf(signer.publicKey)
  const states = [firstObjects(random)]
  const isLasting = (name: string): boolean => /^service-with-a-long-name-\d+\.(shop|data)\.svc\./.test(name)
  const checker = createAnswerChecker(time, history, counts, isLasting)
  const isolates: Isolate[] = []
  const failures: unknown[] = []
  let born = 0
  let working = 0

  function spawn(): Isolate {
    const location = random.between(0, locations - 1)
    const reader = kv.readerAt(location)
    const source = serving && { registerOf: serving.reads, cache: serving.cacheAt(location) }
    const ports = { time, random: random.fork(), config, kv: reader, source, variant, log }
    const isolate = createIsolate(born++, random.chance(0.75), ports)
    isolates.push(isolate)
    return isolate
  }

  function change(): Objects {
    const now = states.at(-1) as Objects
    const isFlip = states.length > 2 && random.chance(0.4)
    if (isFlip) counts.count('flips')
    const next = isFlip ? random.pick(states.slice(-6)) : mutate(now, random)
    states.push(next)
    return next
  }

  async function ask(
    isolate: Isolate,
    asked: Asked,
    patienceMs?: number,
    onHeard?: (heard: Heard) => void,
  ): Promise<void> {
    counts.count('queries')
    const pending = checker.begin(isolate, asked)
    let isHeard = false
    time.at(10_001, () => {
      if (!isHeard && !isolate.isDead() && patienceMs === undefined) {
        simulation.fail(new ModelError('liveness', `isolate ${isolate.id} never answers ${asked.name}`))
      }
    })
    try {
      const heard = await isolate.ask(asked, patienceMs)
      isHeard = true
      if (patienceMs !== undefined && time.now() - pending.atMs > patienceMs)
        return counts.count('clients gone')
      checker.hear(pending, heard)
      onHeard?.(heard)
    } catch (error) {
      simulation.fail(error)
    }
  }

  const ports = {
    cluster,
    key: signer,
    time,
    random: random.fork(),
    counts,
    history,
    register: host.register,
  }
  const simulation: Simulation = {
    time,
    random,
    kv,
    serving,
    host,
    history,
    counts,
    checker,
    publishers: [1, 2, 2].map((term, index) => createPublisher({ ...ports, name: `agent-${index}` }, term)),
    isolates,
    states,
    change,
    spawn,
    ask,
    crashRegister() {
      counts.count('register crashes')
      host.crash()
      const jws = host.root(cluster)
      if (jws !== undefined) history.holds(jws, time.now())
    },
    background(work) {
      working++
      work.catch(simulation.fail).finally(() => working--)
    },
    isBusy: () => working > 0,
    check() {
      if (failures.length > 0) throw failures[0]
    },
    fail(error) {
      failures.push(error)
      time.stop()
    },
  }
  watchStore(simulation)
  return simulation
}

/** Checks the rules of the store: no used blob is deleted, and a root is written after its blobs. */
function watchStore({ kv, serving, history, time, counts, fail }: Simulation): void {
  /** The blobs of each root in the store, and when the next one was written. A register that serves copies few of its roots. */
  const stored: { readonly blobs: readonly string[]; endMs: number }[] = []
  const isUsed = (hash: string, withinMs: number): boolean =>
    serving
      ? stored.some(({ blobs, endMs }) => endMs > time.now() - withinMs && blobs.includes(hash))
      : history.isUsed(hash, time.now(), withinMs)
  kv.onWrite = (key_, value) => {
    const hash = /\/blob\/(.+)$/.exec(key_)?.[1]
    if (hash === undefined) {
      const root = history.find(jwsOf(value ?? ''))
      const absent = root?.blobs.find((blob) => kv.central(`${cluster}/blob/${blob}`) === null)
      if (!root) fail(new ModelError('store', 'the written root was never sent'))
      const last = stored.at(-1)
      if (last) last.endMs = time.now()
      if (root) stored.push({ blobs: [...root.blobs], endMs: Number.POSITIVE_INFINITY })
      if (absent !== undefined) fail(new ModelError('store', `a root was written before its blob ${absent}`))
      return
    }
    if (value !== null) return
    counts.count('blobs deleted')
    if (isUsed(hash, daysMs - 5 * 60_000)) {
      fail(new ModelError('store', `blob ${hash} was deleted while roots of the last day use it`))
    }
  }
}
