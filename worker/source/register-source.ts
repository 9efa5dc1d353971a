import { hashBlob } from '../../snapshot/blob.ts'
import { jwsOf } from '../../snapshot/root-value.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { Clock } from '../clock.ts'
import type { KvReader, Log, Tasks } from '../ports.ts'
import type { Head, RegisterReads, RootRead } from '../register/reads.ts'
import { createBlobBatches } from './blob-batches.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { createKvSource, kvPace } from './kv-source.ts'
import { doesShare, immutableSeconds, type LocationCache } from './location-cache.ts'
import type { Source } from './source.ts'

/** Everything that a source in front of a register uses. */
export type RegisterSourcePorts = {
  readonly registerOf: (cluster: string) => RegisterReads
  readonly kv: KvReader
  readonly cache: LocationCache
  readonly clock: Clock
  readonly log: Log
}

/** The least time between two looks at the root (ms): where the location's cache shares them, and where it does not. */
export const lookEveryMs = { shared: 1_000, alone: 2_000 }

/** The register's list of young blobs is used for this long (ms): a checkpoint every minute, and two minutes to spread. */
const youngListMs = 180_000

/** The state of one cluster. Only values are kept between requests. */
type State = {
  readonly breaker: Breaker
  root: { hash: string; generation: number; term: number; value: string } | undefined
  young: { readonly hashes: ReadonlySet<BlobHash>; readonly untilMs: number }
  againMs: number
  confirmedAtMs: number
}

/** A head as the isolates of one location share it; `atMs` is when the register gave it (Unix ms). */
type SharedHead = { readonly head: Head; readonly atMs: number }

/**
 * Roots and young blobs from the register of the cluster; from the key-value store what the register does not give, and
 * everything while it is away. Heads are shared by the isolates of a location for a second, roots and blobs by their hash. Where
 * the location's cache does nothing, isolates ask the register themselves, less often.
 */
export function createRegisterSource(ports: RegisterSourcePorts): Source {
  const { clock, log, cache } = ports
  const kv = createKvSource(ports.kv)
  const states = new Map<string, State>()
  let isShared: boolean | undefined
  const sharing = (): LocationCache | undefined => (isShared === false ? undefined : cache)

  function stateOf(cluster: string): State {
    const state = states.get(cluster) ?? {
      breaker: createBreaker(clock, (reason) => log.warn('register away', { cluster, reason })),
      root: undefined,
      young: { hashes: new Set<BlobHash>(), untilMs: 0 },
      againMs: 0,
      confirmedAtMs: Number.NEGATIVE_INFINITY,
    }
    states.set(cluster, state)
    return state
  }

  async function readHead(cluster: string, tasks: Tasks): Promise<SharedHead | null> {
    const name = `${cluster}/head`
    const shared = parse(await sharing()?.get(name)) as SharedHead | undefined
    const askedAtMs = clock.now()
    if (shared && askedAtMs - shared.atMs < Math.max(lookEveryMs.shared, shared.head.againMs)) return shared
    const head = await ports.registerOf(cluster).head(cluster)
    if (!head) return null
    const read = { head, atMs: askedAtMs }
    const lifeSeconds = Math.ceil(Math.max(lookEveryMs.shared, head.againMs) / 1_000)
    if (sharing()) tasks.waitUntil(share(name, JSON.stringify(read), lifeSeconds))
    return read
  }

  async function share(name: string, text: string, seconds: number): Promise<void> {
    isShared ??= await doesShare(cache, 'probe')
    if (isShared) await cache.put(name, text, seconds)
  }

  async function readRoot(cluster: string, hash: string, tasks: Tasks): Promise<RootRead | null> {
    const name = `${cluster}/root/${hash}`
    const shared = parse(await sharing()?.get(name)) as RootRead | undefined
    if (shared && (await hashBlob(jwsOf(shared.value))) === hash) return shared
    const read = await ports.registerOf(cluster).root(cluster, hash)
    if (read && sharing()) tasks.waitUntil(share(name, JSON.stringify(read), immutableSeconds))
    return read
  }

  /** The newest root by the register; null if the register has none. */
  async function look(cluster: string, state: State, tasks: Tasks): Promise<string | null> {
    const startedAtMs = clock.now()
    const read = await readHead(cluster, tasks)
    // Before the first publish to a register that serves, the root of the key-value store is the newest.
    if (!read) {
      state.confirmedAtMs = startedAtMs
      return null
    }
    const { head, atMs } = read
    state.againMs = head.againMs
    const { root } = state
    // A shared head can be older than the root that this isolate has.
    const ahead = root ? head.generation - root.generation || head.term - root.term : 1
    if (root && (root.hash === head.hash || ahead < 0)) {
      if (root.hash === head.hash) state.confirmedAtMs = Math.max(state.confirmedAtMs, atMs)
      return root.value
    }
    const next = await readRoot(cluster, head.hash, tasks)
    // It was replaced meanwhile: the next look finds the newer one.
    if (!next) return root?.value ?? null
    const { hash, generation, term } = head
    state.root = { hash, generation, term, value: next.value }
    state.young = { hashes: new Set(next.young), untilMs: clock.now() + youngListMs }
    state.confirmedAtMs = Math.max(state.confirmedAtMs, atMs)
    return next.value
  }

  const batches = createBlobBatches(ports.registerOf, sharing)

  return {
    async root(cluster, tasks) {
      const state = stateOf(cluster)
      const value = await state.breaker.ask(() => look(cluster, state, tasks))
      return value === 'away' || value === null ? kv.root(cluster, tasks) : value
    },
    async blob(cluster, hash, attempt, tasks) {
      const { young, breaker } = stateOf(cluster)
      const isYoung = young.hashes.has(hash) && clock.now() < young.untilMs
      if (isYoung === (attempt === 0)) {
        const text = await breaker.ask(() => batches.read(cluster, hash, tasks))
        if (text !== 'away' && text !== null) return text
      }
      // KV must not remember for a day that a young blob was absent.
      return kv.blob(cluster, hash, isYoung ? 1 : attempt, tasks)
    },
    pace(cluster, nowMs) {
      const { breaker, againMs } = stateOf(cluster)
      if (breaker.isOpen(nowMs)) return kvPace
      const refreshMs = Math.max(isShared ? lookEveryMs.shared : lookEveryMs.alone, againMs)
      return { refreshMs, idleMs: 2 * refreshMs }
    },
    confirmedAtMs: (cluster) => stateOf(cluster).confirmedAtMs,
  }
}

/** An entry of the location's cache; undefined if it is none or no JSON. */
function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
