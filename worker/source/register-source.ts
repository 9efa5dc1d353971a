import { hashBlob } from '../../snapshot/blob.ts'
import { orderOfRoots } from '../../snapshot/root.ts'
import { jwsOf } from '../../snapshot/root-value.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { Clock } from '../clock.ts'
import type { KvReader, Log, Tasks } from '../ports.ts'
import {
  type BucketsRead,
  type Head,
  maxBlobsPerRead,
  type RegisterReads,
  type RootRead,
  type WantedBucket,
} from '../register/reads.ts'
import { createBatches } from './batches.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { createKvSource, kvPace } from './kv-source.ts'
import type { LocationCache } from './location-cache.ts'
import { againOf, createSharedReads, lookEveryMs } from './shared-reads.ts'
import type { Source } from './source.ts'
import { textsByHash } from './texts-by-hash.ts'

/** Everything that a source in front of a register uses. */
export type RegisterSourcePorts = {
  readonly registerOf: (cluster: string) => RegisterReads
  readonly kv: KvReader
  readonly cache: LocationCache
  readonly clock: Clock
  readonly log: Log
}

/** A look that is this much older than that is waited for (ms). */
const graceMs = 1_000

/** The longest wait of a query for a look (ms): one read of the register, or its failure and one read of the store. */
const waitMs = 1_500

/** The register's list of young blobs is used for this long (ms): a checkpoint every minute, and two minutes to spread. */
const youngListMs = 180_000

/** With more texts than this, which came unasked and were not read, they are dropped. */
const maxHeldTexts = 4 * maxBlobsPerRead

/** The state of one cluster. Only values are kept between requests. */
type State = {
  readonly breaker: Breaker
  root: (Head & { readonly value: string }) | undefined
  young: { readonly hashes: ReadonlySet<BlobHash> | 'all'; readonly untilMs: number }
  /** Texts of blobs and buckets that came with the last root, or with a bucket. */
  texts: Map<BlobHash, string>
  againMs: number
  confirmedAtMs: number
  /** The value that was returned last. */
  returned: string | undefined
}

/**
 * Roots and young blobs from the register of the cluster; from the key-value store what the register does not give, and
 * everything while it is away. One round trip brings a changed root with its new blobs. Heads are shared by the isolates of a
 * location for a second, roots and blobs by their hash. Where the location's cache does nothing, isolates ask the register
 * themselves, less often.
 */
export function createRegisterSource(ports: RegisterSourcePorts): Source {
  const { clock, log } = ports
  const kv = createKvSource(ports.kv)
  const shared = createSharedReads(ports.cache, clock)
  const blobs = createBatches<{ readonly hash: BlobHash }, string>((cluster, wanted, mayBeShared, tasks) =>
    textsByHash({ cache: shared.cache(), cluster, wanted, mayBeShared, tasks }, (some) =>
      ports.registerOf(cluster).blobs(
        cluster,
        some.map(({ hash }) => hash),
      ),
    ),
  )
  const buckets = createBatches<WantedBucket, string>((cluster, wanted, mayBeShared, tasks) =>
    textsByHash({ cache: shared.cache(), cluster, wanted, mayBeShared, tasks }, async (some) => {
      const read = await ports.registerOf(cluster).buckets(cluster, some)
      hold(stateOf(cluster), read.blobs)
      return read.texts
    }),
  )
  const states = new Map<string, State>()

  function stateOf(cluster: string): State {
    const state = states.get(cluster) ?? {
      breaker: createBreaker(clock, (reason) => log.warn('register away', { cluster, reason })),
      root: undefined,
      young: { hashes: new Set<BlobHash>(), untilMs: 0 },
      texts: new Map<BlobHash, string>(),
      againMs: 0,
      confirmedAtMs: Number.NEGATIVE_INFINITY,
      returned: undefined,
    }
    states.set(cluster, state)
    return state
  }

  /** Holds the texts of blobs until they are read. */
  function hold({ texts }: State, more: BucketsRead['blobs']): void {
    if (texts.size > maxHeldTexts) texts.clear()
    for (const [hash, text] of Object.entries(more)) texts.set(hash, text)
  }

  function confirm(state: State, atMs: number): void {
    state.confirmedAtMs = Math.max(state.confirmedAtMs, Math.min(atMs, clock.now()))
  }

  /** Looks at the head that the location shares. False if the register must be asked. */
  async function lookNearby(cluster: string, state: State): Promise<boolean> {
    const found = await shared.head(cluster)
    if (!found) return false
    const { head, atMs } = found
    const { root } = state
    if (root?.hash === head.hash) confirm(state, atMs)
    // A shared head can be older than the root that this isolate has.
    else if (!root || orderOfRoots(head, root) > 0) {
      const read = await shared.root(cluster, head.hash)
      if (!read || !(await adopt(state, head, read))) return false
      confirm(state, atMs)
    }
    state.againMs = againOf(head)
    return true
  }

  /** Asks the register. */
  async function look(cluster: string, state: State, tasks: Tasks): Promise<void> {
    const askedAtMs = clock.now()
    const read = await ports.registerOf(cluster).head(cluster, state.root?.hash ?? '')
    if (read) {
      const head = { ...read.head, againMs: againOf(read.head) }
      if (read.root && !(await adopt(state, head, read.root)))
        throw new Error('the register gave a root with another hash than its head')
      if (state.root?.hash !== head.hash) throw new Error('the register named a root and did not give it')
      shared.keep(cluster, { ...read, head }, askedAtMs, tasks)
      state.againMs = head.againMs
    }
    confirm(state, askedAtMs)
  }

  /** Takes a root that has the hash of its head. */
  async function adopt(state: State, head: Head, read: RootRead): Promise<boolean> {
    if ((await hashBlob(jwsOf(read.value))) !== head.hash) return false
    const hashes = read.young === 'all' ? read.young : new Set(read.young)
    state.root = { ...head, value: read.value }
    state.young = { hashes, untilMs: clock.now() + youngListMs }
    state.texts = new Map(Object.entries(read.texts))
    return true
  }

  return {
    async root(cluster, tasks, why) {
      const state = stateOf(cluster)
      // The hash of the root is that of its JWS, so a damaged value comes again only for a reader without root.
      if (why === 'damaged') state.root = undefined
      const isKnown = why === 'due' && (await lookNearby(cluster, state))
      const outcome = isKnown || (await state.breaker.ask(() => look(cluster, state, tasks), tasks))
      const { root, returned } = state
      // A late answer of the register may have brought a root. Before the first one, that of the store is the newest.
      if (!root || (outcome === 'away' && root.value === returned)) return kv.root(cluster, tasks, why)
      state.returned = root.value
      return root.value
    },
    async blob(cluster, hash, attempt, tasks) {
      const { young, texts, breaker } = stateOf(cluster)
      const text = texts.get(hash)
      texts.delete(hash)
      if (attempt === 0 && text !== undefined) return text
      const isListed = young.hashes === 'all' || young.hashes.has(hash)
      const isYoung = isListed && clock.now() < young.untilMs
      if (isYoung || attempt === 1) {
        // At the second attempt, the entry of the location's cache may be wrong.
        const answer = await breaker.ask(() => blobs.read(cluster, { hash }, attempt === 0, tasks), tasks)
        if (answer !== 'away' && answer !== null) return answer
      }
      // KV must not remember for a day that a young blob was absent.
      return kv.blob(cluster, hash, isYoung ? 1 : attempt, tasks)
    },
    async bucket(cluster, place, attempt, tasks) {
      const { texts, breaker } = stateOf(cluster)
      const text = texts.get(place.hash)
      if (attempt === 0 && text !== undefined) return text
      const { hash, family, name } = place
      const wanted = { hash, family, name }
      const answer = await breaker.ask(() => buckets.read(cluster, wanted, attempt === 0, tasks), tasks)
      return answer === 'away' || answer === null ? kv.bucket(cluster, place, attempt, tasks) : answer
    },
    pace(cluster, nowMs) {
      const { breaker, againMs } = stateOf(cluster)
      if (breaker.isOpen(nowMs)) return kvPace
      const refreshMs = Math.max(shared.isShared() ? lookEveryMs.shared : lookEveryMs.alone, againMs)
      return { refreshMs, idleMs: refreshMs + graceMs, waitMs }
    },
    confirmedAtMs: (cluster) => stateOf(cluster).confirmedAtMs,
  }
}
