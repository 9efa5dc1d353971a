import { SnapshotError } from '../../snapshot/errors.ts'
import type { Refusal } from '../../snapshot/ingest.ts'
import { checkPolicyKept, supersedes } from '../../snapshot/root.ts'
import type { BlobHash, ShardFamily } from '../../snapshot/schema.ts'
import { absentBlobs, isBusy } from '../../worker/register/garbage.ts'
import type { BlobState, Ledger } from '../../worker/register/ledger.ts'
import { bucketsNamed } from '../../worker/register/named-blobs.ts'
import type { IncomingRoot } from '../../worker/register/register.ts'
import {
  decodeStates,
  encodeState,
  entriesOf,
  planGarbage,
  type StoredState,
  stillLeaving,
} from './blob-states.ts'
import type { BucketTexts } from './bucket-texts.ts'
import type { Deletions } from './deletions.ts'
import type { Records } from './records.ts'
import { decodeRecord, emptyRecord, encodeRecord, type RootRecord, type StoredRecord } from './root-record.ts'
import type { Subjects } from './subjects.ts'

/** The parts of a cluster's ledger. */
export type LedgerParts = {
  readonly cluster: string
  readonly records: Records
  readonly subjects: Subjects
  readonly buckets: BucketTexts
  readonly deletions: Deletions
}

/** A step whose record changed is begun anew, at most so often: each time another edge has completed one. */
const maxAttempts = 50

/** The number of keys in one read. */
const keysPerRead = 500

/** The number of states that one call looks at, those that were written longest ago. */
const statesPerLook = 256

/** Room for the headers of a write (bytes). */
const headerBytes = 512

/** A nonce is kept for longer than its proof is valid, because the clocks of edges differ (s). */
const spareNonceSeconds = 60

/** With so many blobs leaving no further ones are chosen, which bounds the record. */
const maxLeaving = 256

/**
 * The ledger of a cluster in a bucket that several edges write. There is no queue: a root and the choice of garbage are each one
 * compare-and-set of the record that readers read, so they exclude each other. Everything else is written before it, and
 * harmless if that write does not follow.
 */
export function createNatsLedger(parts: LedgerParts): Ledger {
  const { cluster, records, subjects, buckets, deletions } = parts
  const key = subjects.root(cluster)
  let quietUntilMs = Number.NEGATIVE_INFINITY

  async function readRecord(): Promise<StoredRecord> {
    const stored = await records.last(key)
    if (stored) return { ...decodeRecord(stored.text), sequence: stored.sequence }
    await records.putIf(key, encodeRecord(emptyRecord), 0)
    return readRecord()
  }

  /** False if another edge wrote the record meanwhile. */
  function replace(record: StoredRecord, next: RootRecord): Promise<boolean> {
    return records.putIf(key, encodeRecord(next), record.sequence)
  }

  /** Repeats a step until it is not overtaken by another edge. */
  async function repeated<T>(step: (record: StoredRecord) => Promise<T | 'overtaken'>): Promise<T> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const result = await step(await readRecord())
      if (result !== 'overtaken') return result
    }
    throw new Error(`other edges changed the record of ${cluster} ${maxAttempts} times during one step`)
  }

  /**
   * The states of blobs by a server that has the writes up to `from`, and up to which sequence they are known; undefined if the record
   * changed.
   */
  async function statesOf(
    hashes: readonly BlobHash[],
    { sequence }: StoredRecord,
    from: number = sequence,
  ): Promise<{ states: Map<BlobHash, StoredState>; upTo: number } | undefined> {
    const states = new Map<BlobHash, StoredState>()
    let upTo = Number.POSITIVE_INFINITY
    for (let at = 0; at < hashes.length; at += keysPerRead) {
      const keys = hashes.slice(at, at + keysPerRead).map((hash) => subjects.state(cluster, hash))
      const read = await records.together([key, ...keys], from)
      if (read.messages.find(({ subject }) => subject === key)?.sequence !== sequence) return undefined
      for (const [hash, state] of decodeStates(read.messages)) states.set(hash, state)
      upTo = Math.min(upTo, read.upTo)
    }
    return { states, upTo }
  }

  async function setStates(
    hashes: Iterable<BlobHash>,
    state: Extract<BlobState, 'pending' | 'written'>,
    sinceMs: number,
  ): Promise<void> {
    const text = encodeState(state, sinceMs)
    await Promise.all([...hashes].map((hash) => records.put(subjects.state(cluster, hash), text)))
  }

  async function accept(
    root: IncomingRoot,
    { nowMs, trustedKeyIds }: Parameters<Ledger['acceptRoot']>[1],
    record: StoredRecord,
  ): Promise<readonly BlobHash[] | 'overtaken'> {
    const inForce = record.root
    if (!supersedes(inForce && trustedKeyIds.includes(inForce.kid) ? inForce : undefined, root)) return []
    if (inForce) checkPolicyKept(inForce.jws, root)
    const { generation, term, kid, jws } = root
    const next = { ...record, root: { generation, term, kid, jws } }
    checkSize(next)
    const before = inForce ? await buckets.names(inForce.jws).catch(lostBuckets) : new Set<BlobHash>()
    const names = (await buckets.names(jws)) ?? new Set<BlobHash>()
    const added = [...names].filter((hash) => !before?.has(hash))
    const absent = await absentOf(added, record)
    if (absent === 'overtaken') return 'overtaken'
    const missing = indexesOf(root.buckets?.hashes, absent)
    if (missing.length > 0)
      throw new SnapshotError('BUCKET_MISSING', `these buckets were never sent: ${missing.join(', ')}`)
    if (absent.length > 0) return absent
    await setStates(
      [...(before ?? [])].filter((hash) => !names.has(hash)),
      'written',
      nowMs,
    )
    const floorMs = before ? record.floorMs : nowMs
    return (await replace(record, { ...next, floorMs })) ? [] : 'overtaken'
  }

  /** The blobs that are not in the store. A server that is behind is not believed. */
  async function absentOf(
    hashes: readonly BlobHash[],
    record: StoredRecord,
  ): Promise<readonly BlobHash[] | 'overtaken'> {
    const absent = async (some: readonly BlobHash[], from?: number): Promise<BlobHash[] | 'overtaken'> => {
      const read = await statesOf(some, record, from)
      return read ? absentBlobs(entriesOf(read.states, record), some) : 'overtaken'
    }
    const first = await absent(hashes)
    if (first === 'overtaken' || first.length === 0) return first
    return absent(first, await records.lastSequence())
  }

  function checkSize(record: RootRecord): void {
    const bytes = Buffer.byteLength(encodeRecord(record)) + headerBytes
    if (bytes > records.maxBytes)
      throw new SnapshotError(
        'SCHEMA',
        `the root needs ${bytes} bytes, and the NATS servers take ${records.maxBytes}: raise their max_payload, or update the agent to one that publishes schema 2`,
      )
  }

  /** The oldest states without those of used blobs, which are removed as they would hide others; `isAll`: none were hidden. */
  async function unusedStates(
    names: ReadonlySet<BlobHash>,
  ): Promise<{ states: Map<BlobHash, StoredState>; isAll: boolean }> {
    const values = await records.oldest(subjects.states(cluster), statesPerLook)
    const states = decodeStates(values)
    const used = [...states].filter(([hash]) => names.has(hash))
    await Promise.all(
      used.map(([hash, { sequence }]) => records.remove(subjects.state(cluster, hash), sequence)),
    )
    for (const [hash] of used) states.delete(hash)
    return { states, isAll: used.length === 0 || values.length < statesPerLook }
  }

  async function choose(
    record: StoredRecord,
    { nowMs, most, keepMs }: { readonly nowMs: number; readonly most: number; readonly keepMs: number },
  ): Promise<readonly BlobHash[] | 'overtaken'> {
    const names = record.root ? await buckets.names(record.root.jws).catch(lostBuckets) : new Set<BlobHash>()
    if (!names) return []
    const isFull = record.leaving.size >= maxLeaving
    const { states, isAll } = isFull ? { states: new Map(), isAll: false } : await unusedStates(names)
    const call = { nowMs, most, keepMs, isAll }
    const plan = planGarbage(entriesOf(states, record), names, call)
    if (plan.chosen.length === 0) {
      quietUntilMs = plan.quietUntilMs
      return []
    }
    // What was read above may be out of date.
    const current = await statesOf([...new Set([...plan.chosen, ...record.leaving.keys()])], record)
    if (!current) return 'overtaken'
    const { chosen } = planGarbage(entriesOf(current.states, record), names, call)
    const leaving = new Map(stillLeaving(current.states, record.leaving))
    for (const hash of chosen) leaving.set(hash, { sinceMs: nowMs, upTo: current.upTo })
    if (!(await replace(record, { ...record, leaving }))) return 'overtaken'
    for (const hash of chosen) deletions.begin(cluster, hash, current.upTo)
    return chosen
  }

  return {
    useNonce: (nonce, nowMs, expiresMs) =>
      records.putIf(subjects.nonce(cluster, nonce), '', 0, {
        ttlSeconds: Math.max(1, Math.ceil((expiresMs - nowMs) / 1_000)) + spareNonceSeconds,
      }),
    async beginBlobs(hashes, nowMs) {
      const record = await readRecord()
      const entries = entriesOf(new Map(), record)
      const asked = hashes.filter((hash) => entries.has(hash) && isBusy(entries, hash, nowMs))
      if (asked.length > 0) {
        const read = await statesOf(asked, record)
        const current = entriesOf(read?.states ?? new Map(), record)
        const busy = asked.find((hash) => isBusy(current, hash, nowMs))
        if (busy !== undefined) return busy
      }
      await setStates(hashes, 'pending', nowMs)
      return undefined
    },
    finishBlobs: (hashes, nowMs) => setStates(hashes, 'written', nowMs),
    async keepBuckets(sent, nowMs) {
      await Promise.all(
        sent.map(async ({ hash, text }) => {
          await setStates([hash], 'pending', nowMs)
          await records.put(subjects.blob(cluster, hash), text)
          await setStates([hash], 'written', nowMs)
          buckets.keep(hash, text)
        }),
      )
    },
    acceptRoot: (root, call) => repeated((record) => accept(root, call, record)),
    async root() {
      const { root } = await readRecord()
      return root && { ...root, stored: true }
    },
    async namedBlobs() {
      const { root } = await readRecord()
      return root && buckets.names(root.jws)
    },
    async bucketTexts() {
      const { root } = await readRecord()
      return root ? buckets.texts(bucketsNamed(root.jws)) : []
    },
    // The root that is in force is in the store.
    markStored: () => Promise.resolve(),
    async chooseGarbage(nowMs, most, keepMs) {
      if (nowMs <= quietUntilMs) return []
      return repeated((record) => choose(record, { nowMs, most, keepMs }))
    },
    async dropBlobs(hashes) {
      if (hashes.length === 0) return
      const upTo = new Map(hashes.map((hash) => [hash, deletions.end(cluster, hash)]))
      await Promise.all(
        [...upTo].map(([hash, sequence]) =>
          sequence === undefined ? undefined : records.remove(subjects.state(cluster, hash), sequence),
        ),
      )
      await repeated(async (record) => {
        const leaving = new Map([...record.leaving].filter(([hash, each]) => upTo.get(hash) !== each.upTo))
        return leaving.size === record.leaving.size || (await replace(record, { ...record, leaving }))
          ? undefined
          : 'overtaken'
      })
    },
    async lastRefusal() {
      const stored = await records.last(subjects.refusal(cluster))
      return stored && (JSON.parse(stored.text) as Refusal)
    },
    async setLastRefusal(refusal) {
      await records.put(subjects.refusal(cluster), JSON.stringify(refusal))
    },
  }
}

function lostBuckets(error: unknown): undefined {
  if (error instanceof SnapshotError) return undefined
  throw error
}

/** The places of a root's buckets that have one of these hashes. */
function indexesOf(buckets: ShardFamily | undefined, hashes: readonly BlobHash[]): number[] {
  const asked = new Set<BlobHash | null>(hashes)
  return (buckets?.shards ?? []).flatMap((hash, at) => (asked.has(hash) ? [at] : []))
}
