import { hashBlob } from '../../snapshot/blob.ts'
import { hashInBucket, readBucket } from '../../snapshot/bucket.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { joinRootValue, namedTexts } from '../../snapshot/root-value.ts'
import type { BlobHash, ShardFamily } from '../../snapshot/schema.ts'
import type { KvWriter, Log, Sql } from '../ports.ts'
import { createCheckpoint } from './checkpoint.ts'
import { createCheckpointPace } from './checkpoint-pace.ts'
import { continuing } from './continuing-ledger.ts'
import type { Checkpoints } from './finishing-register.ts'
import { frontOf, readLeads } from './leads.ts'
import type { Ledger } from './ledger.ts'
import { createLedgerRegister } from './ledger-register.ts'
import { bucketsNamed } from './named-blobs.ts'
import { createPollBudget } from './poll-budget.ts'
import { maxBlobsPerRead, maxTextLength, maxWholeValue, type RegisterReads, type RootRead } from './reads.ts'
import type { Register, RegisterOutcome } from './register.ts'
import { createServedRoots, type ServedRoot, type ServedRoots } from './served-roots.ts'
import { createSqlLedgers } from './sql-ledger.ts'
import { openSqlStore } from './sql-store.ts'

/** A register that readers ask. The key-value store gets a checkpoint now and then. */
export type ServingRegister = Register & RegisterReads & Checkpoints

/** The limits of a register that serves; null: no limit. */
export type ServingLimits = {
  /** Keys written to the key-value store in a day. */
  readonly writesPerDay: number | null
  /** Reads of the register by isolates in a day. */
  readonly readsPerDay: number | null
  /** The length of a root's value (characters) above which its buckets are read apart; by default `maxWholeValue`. */
  readonly wholeValueLength?: number
}

/** Blobs that no root uses are kept for this long (ms): readers use a replaced root for two minutes at most. */
const keepServedMs = 10 * 60_000

/** The key-value store shows a new key everywhere within about a minute; blobs count as young for twice that long (ms). */
export const youngForMs = 120_000

/**
 * A register that keeps all blobs and the root in its own database, and copies them to the key-value store. The ledger of
 * that store keeps the cluster's name, so that a register that did not serve before goes on where it was; the ledger of the
 * own database is called `<cluster>/own`, which is no cluster ID.
 */
export function createServingRegister(
  sql: Sql,
  kv: KvWriter,
  log: Log,
  { writesPerDay, readsPerDay, wholeValueLength = maxWholeValue }: ServingLimits,
  now: () => number,
): ServingRegister {
  const ledgers = createSqlLedgers(sql)
  const own = openSqlStore(sql)
  const frontLedger = (cluster: string): Ledger => ledgers(frontOf(cluster))
  const overtaken = new Set(readLeads(sql).overtaken)
  const front = createLedgerRegister(
    (cluster) => continuing(frontLedger(cluster), ledgers(cluster), () => overtaken.has(cluster)),
    withoutRoots(own),
    log,
    { keepMs: keepServedMs },
  )
  const reads = createPollBudget(readsPerDay)
  const served = new Map<string, ServedRoots>()
  const checkpoints = new Map<string, { readonly names: ReadonlySet<BlobHash>; readonly atMs: number }[]>()
  const checkpoint = createCheckpoint({
    own,
    front: frontLedger,
    behind: { register: createLedgerRegister(ledgers, kv, log), ledger: ledgers },
    pace: createCheckpointPace(sql, writesPerDay),
    mayReplace: true,
    onDone: addCheckpoint,
  })

  function addCheckpoint(cluster: string, names: ReadonlySet<BlobHash>, atMs: number): void {
    const all = [...(checkpoints.get(cluster) ?? []), { names, atMs }]
    const settled = all.findLastIndex((each) => atMs - each.atMs >= youngForMs)
    checkpoints.set(cluster, all.slice(Math.max(0, settled)))
  }

  function rootsOf(cluster: string): ServedRoots {
    const roots = served.get(cluster) ?? createServedRoots()
    served.set(cluster, roots)
    return roots
  }

  /** Serves the root in force from now on. */
  async function serve(cluster: string): Promise<ServedRoot | undefined> {
    const root = overtaken.has(cluster) ? undefined : await frontLedger(cluster).root()
    const roots = rootsOf(cluster)
    if (!root || roots.newest()?.jws === root.jws) return roots.newest()
    const { jws, generation, term } = root
    const names = (await frontLedger(cluster).namedBlobs()) ?? new Set<string>()
    const hash = await hashBlob(jws)
    // Another root may have been accepted meanwhile.
    if ((await frontLedger(cluster).root())?.jws !== jws) return serve(cluster)
    const texts = await frontLedger(cluster).bucketTexts()
    roots.replace({ jws, generation, term, hash, names, ...readable(jws, texts, wholeValueLength) })
    return roots.newest()
  }

  /** The blobs that were not in a checkpoint long enough ago. After a restart, the last checkpoint counts as a new one. */
  async function youngOf(cluster: string, { names }: ServedRoot): Promise<BlobHash[] | 'all'> {
    if (!checkpoints.has(cluster)) {
      const last = await ledgers(cluster).root()
      addCheckpoint(cluster, (last?.stored && (await ledgers(cluster).namedBlobs())) || new Set(), now())
    }
    const settled = checkpoints.get(cluster)?.findLast(({ atMs }) => now() - atMs >= youngForMs)
    return settled ? [...names].filter((hash) => !settled.names.has(hash)) : 'all'
  }

  /** The texts of the first of these blobs and buckets that have no more than `length` characters together, by hash. */
  function textsWithin(
    length: number,
    cluster: string,
    hashes: readonly BlobHash[],
    buckets: ServedRoot['buckets'],
  ): Record<BlobHash, string> {
    const blobs = own.values(hashes.map((hash) => blobKey(cluster, hash)))
    const texts: Record<BlobHash, string> = {}
    let left = length
    for (const [at, hash] of hashes.entries()) {
      const text = buckets.get(hash) ?? blobs[at] ?? null
      left -= text?.length ?? 0
      if (left < 0) break
      if (text !== null) texts[hash] = text
    }
    return texts
  }

  /** A root for a reader that has the one with the hash `known`. */
  async function readOf(cluster: string, root: ServedRoot, known: string): Promise<RootRead> {
    const hashes = rootsOf(cluster).addedSince(known).slice(0, maxBlobsPerRead)
    const texts = textsWithin(maxTextLength, cluster, hashes, root.buckets)
    return { value: root.value, young: await youngOf(cluster, root), texts }
  }

  /** An outcome, once its root is served. */
  async function serving(
    { cluster }: { readonly cluster: string },
    outcome: RegisterOutcome | Promise<RegisterOutcome>,
  ): Promise<RegisterOutcome> {
    const done = await outcome
    if (done.root === rootsOf(cluster).newest()?.jws) return done
    await serve(cluster).catch((error: unknown) =>
      log.warn('root not served', { cluster, reason: String(error) }),
    )
    return done
  }

  return {
    state: (call) => serving(call, front.state(call)),
    putBlobs: (call, blobs) => serving(call, front.putBlobs(call, blobs)),
    putBuckets: (call, buckets) => serving(call, front.putBuckets(call, buckets)),
    async putRoot(call, root) {
      const outcome = await front.putRoot(call, root)
      if (!outcome.refused) overtaken.delete(call.cluster)
      return serving(call, outcome)
    },
    note: (call, refusal) => serving(call, front.note(call, refusal)),
    async head(cluster, known) {
      reads.count(now())
      const root = rootsOf(cluster).newest() ?? (await serve(cluster))
      if (!root) return null
      const { generation, term, hash } = root
      const head = { generation, term, hash, againMs: reads.againMs() }
      return hash === known ? { head } : { head, root: await readOf(cluster, root, known) }
    },
    async blobs(cluster, hashes) {
      reads.count(now())
      return own.values(hashes.slice(0, maxBlobsPerRead).map((hash) => blobKey(cluster, hash)))
    },
    async buckets(cluster, wanted) {
      reads.count(now())
      const roots = rootsOf(cluster)
      if (!roots.newest()) await serve(cluster)
      const some = wanted.slice(0, maxBlobsPerRead)
      const texts = some.map(({ hash }) => roots.bucket(hash) ?? null)
      const named = some.map(({ family, name }, at) => {
        const text = texts[at]
        return text ? hashInBucket(readBucket(text), family, name) : null
      })
      const hashes = [...new Set(named.flatMap((hash) => hash ?? []))]
      return { texts, blobs: textsWithin(maxTextLength, cluster, hashes, new Map()) }
    },
    async checkpoint(cluster, nowMs) {
      return overtaken.has(cluster) ? undefined : checkpoint.step(cluster, nowMs)
    },
    clusters: () => readLeads(sql).differing.filter((cluster) => !overtaken.has(cluster)),
  }
}

/** What readers of a root get, and the buckets apart if there is too much of it. */
function readable(
  jws: string,
  texts: readonly string[],
  wholeValueLength: number,
): Pick<ServedRoot, 'value' | 'buckets'> {
  const length = texts.reduce((sum, text) => sum + '\n'.length + text.length, jws.length)
  if (length <= wholeValueLength) return { value: joinRootValue(jws, texts), buckets: new Map() }
  const named = namedTexts(bucketsNamed(jws) ?? noBuckets, texts)
  return { value: jws, buckets: new Map(named.map(({ hash, text }) => [hash, text])) }
}

const noBuckets: ShardFamily = { bits: 0, shards: [] }

/** A store for blobs. A root is kept by the ledger, in rows of which each is small enough for a Durable Object. */
function withoutRoots(store: KvWriter): KvWriter {
  const isRoot = (key: string): boolean => key.endsWith(rootKey(''))
  return {
    put: async (key, value) => (isRoot(key) ? undefined : store.put(key, value)),
    delete: (key) => store.delete(key),
  }
}
