import { SnapshotError } from '../../snapshot/errors.ts'
import type { IngestCode } from '../../snapshot/ingest.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { maxProofAgeMs } from '../../snapshot/proof.ts'
import { blobsOf, checkPolicyKept, rereadRoot, supersedes } from '../../snapshot/root.ts'
import { type BlobHash, schemaVersion } from '../../snapshot/schema.ts'
import type { KvWriter, Log, Sql } from '../ports.ts'
import { absentBlobs, garbage, isBusy, keepUnusedMs, maxStoreOperations } from './garbage.ts'
import { type Ledger, openLedger, prepareLedger } from './ledger.ts'
import type { IncomingRoot, Register, RegisterCall, RegisterOutcome } from './register.ts'

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

/** How long a nonce is remembered (ms): a proof is valid for maxProofAgeMs before and after its time. */
const nonceLifeMs = 2 * maxProofAgeMs

/**
 * The register over a SQLite database and a store without other writers. Calls run one after another, so a slow write
 * of an older root cannot complete after the write of a newer one. Every change is recorded in the database before the
 * store is touched, so the next call can continue after a crash at any point. A blob is present once its bytes are
 * stored, and a root is accepted only if all of its blobs are present. A root that was accepted but not stored is
 * stored by the next call of any kind. Until then readers have the previous root, and its blobs stay in use. Blobs that
 * no root has used for `keepMs` are deleted.
 */
export function createSqlRegister(
  sql: Sql,
  kv: KvWriter,
  log: Log,
  { keepMs = keepUnusedMs }: { readonly keepMs?: number } = {},
): Register {
  prepareLedger(sql)
  let last: Promise<unknown> = Promise.resolve()

  function inTurn(call: RegisterCall, action: Action): Promise<RegisterOutcome> {
    const turn = last.then(() => run(call, action))
    last = turn.catch(() => undefined)
    return turn
  }

  async function run(call: RegisterCall, action: Action): Promise<RegisterOutcome> {
    const ledger = openLedger(sql, call.cluster)
    let refused: RegisterOutcome['refused'] = null
    let maxDeletions = 0
    try {
      if (!sql.transaction(() => ledger.useNonce(call.nonce, call.nowMs, call.nowMs + nonceLifeMs))) {
        throw new Refused('PROOF_REPLAYED', 'this proof was used before')
      }
      maxDeletions = await action(ledger)
    } catch (error) {
      refused = toRefusal(error, call, log)
    }
    try {
      await storeRoot(ledger, call)
    } catch (error) {
      refused ??= toRefusal(error, call, log)
    }
    await sweep(ledger, call, maxDeletions)
    if (refused) ledger.setLastRefusal({ ...refused, atMs: call.nowMs })
    return { refused, root: ledger.root()?.jws ?? null, lastRefusal: ledger.lastRefusal() }
  }

  /** Stores the root in force if it is not known to be stored. From then on, blobs that it does not name are unused. */
  async function storeRoot(ledger: Ledger, { cluster, nowMs }: RegisterCall): Promise<void> {
    const root = ledger.root()
    if (!root || root.stored) return
    await kv.put(rootKey(cluster), root.jws)
    const named = namedBy(root.jws)
    sql.transaction(() => {
      const unused = [...ledger.blobsIn('used').keys()].filter((hash) => named && !named.has(hash))
      for (const hash of unused) ledger.setBlob(hash, 'written', nowMs)
      ledger.markRootStored()
    })
  }

  async function putBlobs(
    ledger: Ledger,
    call: RegisterCall,
    blobs: readonly { hash: string; text: string }[],
  ): Promise<number> {
    const hashes = blobs.map(({ hash }) => hash)
    sql.transaction(() => {
      const known = ledger.blobs(hashes)
      for (const hash of hashes) {
        if (isBusy(known, hash, call.nowMs))
          throw new Refused('BLOB_BUSY', `blob ${hash} is being deleted; send it again later`)
        if (known.get(hash)?.state !== 'used') ledger.setBlob(hash, 'pending', call.nowMs)
      }
    })
    await Promise.all(blobs.map(({ hash, text }) => kv.put(blobKey(call.cluster, hash), text)))
    sql.transaction(() => {
      const known = ledger.blobs(hashes)
      for (const hash of hashes)
        if (known.get(hash)?.state === 'pending') ledger.setBlob(hash, 'written', call.nowMs)
    })
    // One operation is reserved for a root that an earlier call accepted but did not store.
    return maxStoreOperations - 1 - blobs.length
  }

  /** Puts a root in force; storeRoot then stores it. Returns how many blobs may be deleted after it. */
  function putRoot(ledger: Ledger, call: RegisterCall, root: IncomingRoot): number {
    sql.transaction(() => {
      const inForce = ledger.root()
      const trusted = inForce && call.trustedKeyIds.includes(inForce.kid) ? inForce : undefined
      if (!supersedes(trusted, root)) return
      // Also the policy of a root whose key is no longer trusted: losing a key must not open an edge.
      if (inForce) checkPolicyKept(inForce.jws, root)
      const known = ledger.blobs(root.blobs)
      const [absent, ...more] = absentBlobs(known, root.blobs)
      if (absent)
        throw new Refused('BLOB_MISSING', `blob ${absent} and ${more.length} others were never stored`)
      for (const hash of root.blobs)
        if (known.get(hash)?.state !== 'used') ledger.setBlob(hash, 'used', call.nowMs)
      ledger.setRoot(root)
    })
    return maxStoreOperations - 1
  }

  /** Deletes at most `maxDeletions` unused blobs. A failure is logged and does not fail the call: a later call tries again. */
  async function sweep(
    ledger: Ledger,
    { cluster, nowMs }: RegisterCall,
    maxDeletions: number,
  ): Promise<void> {
    if (maxDeletions <= 0) return
    const hashes = sql.transaction(() => {
      const candidates = (['leaving', 'written', 'pending'] as const).flatMap((state) => [
        ...ledger.blobsIn(state, maxDeletions),
      ])
      const chosen = garbage(new Map(candidates), nowMs, maxDeletions, keepMs)
      for (const hash of chosen) ledger.setBlob(hash, 'leaving', nowMs)
      return chosen
    })
    const deletions = hashes.map(async (hash) => {
      await kv.delete(blobKey(cluster, hash))
      ledger.dropBlob(hash)
    })
    for (const result of await Promise.allSettled(deletions)) {
      if (result.status === 'rejected')
        log.warn('blob not deleted', { cluster, reason: String(result.reason) })
    }
  }

  return {
    state: (call) => inTurn(call, () => Promise.resolve(0)),
    putBlobs: (call, blobs) => inTurn(call, (ledger) => putBlobs(ledger, call, blobs)),
    putRoot: (call, root) => inTurn(call, async (ledger) => putRoot(ledger, call, root)),
    note: (call, { code, message }) => inTurn(call, () => Promise.reject(new Refused(code, message))),
  }
}

/** The blobs of a root that was verified before; undefined if this release cannot read it. */
function namedBy(jws: string): ReadonlySet<BlobHash> | undefined {
  try {
    const root = rereadRoot(jws)
    return root.schema === schemaVersion ? blobsOf(root) : undefined
  } catch (error) {
    if (error instanceof SnapshotError) return undefined
    throw error
  }
}

function toRefusal(error: unknown, call: RegisterCall, log: Log): { code: IngestCode; message: string } {
  if (error instanceof Refused || error instanceof SnapshotError)
    return { code: error.code, message: error.message }
  log.warn('store failed', { cluster: call.cluster, reason: String(error) })
  return { code: 'STORE_FAILED', message: 'the store failed; send the same again later' }
}
