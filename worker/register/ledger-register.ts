import { SnapshotError } from '../../snapshot/errors.ts'
import type { IngestCode } from '../../snapshot/ingest.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { nonceLifeMs } from '../../snapshot/proof.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import type { KvWriter, Log } from '../ports.ts'
import { keepUnusedMs, maxStoreOperations } from './garbage.ts'
import type { Ledger } from './ledger.ts'
import type { IncomingBlob, IncomingRoot, Register, RegisterCall, RegisterOutcome } from './register.ts'

/** A refused call. Thrown within this file only; callers get a value. */
class Refused extends Error {
  readonly code: IngestCode
  constructor(code: IngestCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The work of a call. Resolves to how many blobs may be deleted after it; rejects if the call is refused. */
type Action = (ledger: Ledger) => Promise<number>

/**
 * The register over the ledgers of clusters and their store. A store that does not order the writes of one root's key itself has no
 * other writers: calls of a cluster run one after another, so a slow write of an older root cannot complete after the write of a newer one. Every change is recorded in the ledger before the
 * store is touched, so the next call can continue after a crash at any point. A blob is present once its bytes are
 * stored, and a root is accepted only if all of its blobs are present. A root that was accepted but not stored is
 * stored by the next call of any kind. Until then readers have the previous root, and its blobs stay in use. Blobs that
 * no root has used for `keepMs` are deleted.
 */
export function createLedgerRegister(
  ledgerOf: (cluster: string) => Ledger,
  kv: KvWriter,
  log: Log,
  { keepMs = keepUnusedMs }: { readonly keepMs?: number } = {},
): Register {
  const last = new Map<string, Promise<unknown>>()

  function inTurn(call: RegisterCall, action: Action): Promise<RegisterOutcome> {
    const turn = Promise.resolve(last.get(call.cluster)).then(() => run(call, action))
    last.set(call.cluster, turn)
    return turn
  }

  /** Never rejects: a ledger that fails is a refusal as well, which nothing can record then. */
  async function run(call: RegisterCall, action: Action): Promise<RegisterOutcome> {
    const ledger = ledgerOf(call.cluster)
    let refused: RegisterOutcome['refused'] = null
    let maxDeletions = 0
    try {
      if (!(await ledger.useNonce(call.nonce, call.nowMs, call.nowMs + nonceLifeMs)))
        throw new Refused('PROOF_REPLAYED', 'this proof was used before')
      maxDeletions = await action(ledger)
    } catch (error) {
      refused = toRefusal(error, call, log)
    }
    try {
      await storeRoot(ledger, call, kv)
    } catch (error) {
      refused ??= toRefusal(error, call, log)
    }
    try {
      await sweep(ledger, call, maxDeletions)
      if (refused) await ledger.setLastRefusal({ ...refused, atMs: call.nowMs })
      const root = await ledger.root()
      return { refused, root: root?.jws ?? null, lastRefusal: await ledger.lastRefusal() }
    } catch (error) {
      return { refused: refused ?? toRefusal(error, call, log), root: null, lastRefusal: null }
    }
  }

  /** The outcome of a call that changes nothing, with the buckets of the root in force unless the ledger lost them. */
  async function state(call: RegisterCall): Promise<RegisterOutcome> {
    let buckets: readonly string[] = []
    const outcome = await inTurn(call, async (ledger) => {
      buckets = await ledger.bucketTexts().catch(() => [])
      return 0
    })
    return buckets.length === 0 ? outcome : { ...outcome, buckets }
  }

  /** Deletes at most `maxDeletions` unused blobs. A failure is logged and does not fail the call: a later call tries again. */
  async function sweep(
    ledger: Ledger,
    { cluster, nowMs }: RegisterCall,
    maxDeletions: number,
  ): Promise<void> {
    if (maxDeletions <= 0) return
    const hashes = await ledger.chooseGarbage(nowMs, maxDeletions, keepMs)
    if (hashes.length === 0) return
    const results = await Promise.allSettled(hashes.map(async (hash) => kv.delete(blobKey(cluster, hash))))
    for (const result of results) {
      if (result.status === 'rejected')
        log.warn('blob not deleted', { cluster, reason: String(result.reason) })
    }
    await ledger.dropBlobs(hashes.filter((_, at) => results[at]?.status === 'fulfilled'))
  }

  return {
    state,
    putBlobs: (call, blobs) => inTurn(call, (ledger) => putBlobs(ledger, call, blobs, kv)),
    putBuckets: (call, buckets) =>
      inTurn(call, async (ledger) => {
        await ledger.keepBuckets(buckets, call.nowMs)
        return 0
      }),
    putRoot: (call, root) => inTurn(call, (ledger) => putRoot(ledger, call, root)),
    note: (call, { code, message }) => inTurn(call, () => Promise.reject(new Refused(code, message))),
  }
}

/** Stores the root in force if it is not known to be stored. */
async function storeRoot(ledger: Ledger, { cluster, nowMs }: RegisterCall, kv: KvWriter): Promise<void> {
  const root = await ledger.root()
  if (!root || root.stored) return
  await kv.put(rootKey(cluster), joinRootValue(root.jws, await ledger.bucketTexts()))
  await ledger.markStored(root, nowMs)
}

async function putBlobs(
  ledger: Ledger,
  { cluster, nowMs }: RegisterCall,
  blobs: readonly IncomingBlob[],
  kv: KvWriter,
): Promise<number> {
  const hashes = blobs.map(({ hash }) => hash)
  const busy = await ledger.beginBlobs(hashes, nowMs)
  if (busy !== undefined) throw new Refused('BLOB_BUSY', `blob ${busy} is being deleted; send it again later`)
  await Promise.all(blobs.map(({ hash, text }) => kv.put(blobKey(cluster, hash), text)))
  await ledger.finishBlobs(hashes, nowMs)
  // One operation is reserved for a root that an earlier call accepted but did not store.
  return maxStoreOperations - 1 - blobs.length
}

/** Puts a root in force; storeRoot then stores it. Resolves to how many blobs may be deleted after it. */
async function putRoot(ledger: Ledger, call: RegisterCall, root: IncomingRoot): Promise<number> {
  await ledger.keepBuckets(root.buckets?.sent ?? [], call.nowMs)
  const [absent, ...more] = await ledger.acceptRoot(root, call)
  if (absent !== undefined)
    throw new Refused('BLOB_MISSING', `blob ${absent} and ${more.length} others were never stored`)
  return maxStoreOperations - 1
}

function toRefusal(error: unknown, call: RegisterCall, log: Log): { code: IngestCode; message: string } {
  if (error instanceof Refused || error instanceof SnapshotError)
    return { code: error.code, message: error.message }
  log.warn('store failed', { cluster: call.cluster, reason: String(error) })
  return { code: 'STORE_FAILED', message: 'the store failed; send the same again later' }
}
