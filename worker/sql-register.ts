import { SnapshotError } from '../snapshot/errors.ts'
import type { IngestCode } from '../snapshot/ingest.ts'
import { blobKey, rootKey } from '../snapshot/keys.ts'
import { maxProofAgeMs } from '../snapshot/proof.ts'
import { supersedes } from '../snapshot/root.ts'
import { type Ledger, openLedger, prepareLedger } from './ledger.ts'
import { absentBlobs, garbage, handOver, maxSwept } from './ledger-plan.ts'
import type { KvWriter, Log, Sql } from './ports.ts'
import type { IncomingRoot, Register, RegisterAnswer, RegisterCall } from './register.ts'

/** Why a call was refused; thrown inside, a value outside. */
class Refused extends Error {
  readonly code: IngestCode
  constructor(code: IngestCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What a call is about; throws when it is refused. */
type Action = (ledger: Ledger) => Promise<void>

/** A proof stays good this long in either direction of the clock; its nonce is remembered for both. */
const nonceLifeMs = 2 * maxProofAgeMs

/**
 * The register over a SQLite database and the store that it alone writes. Calls run one after another: a
 * slow write of an older root can never land behind that of a newer one. What is begun is written down before
 * the store is touched, so a crash at any point leaves a state that the next call carries on from:
 * a blob counts only once its bytes are stored, a root only once all of its blobs count, and a root that was
 * accepted but not stored is stored by the next call, whatever that one is about.
 */
export function createSqlRegister(sql: Sql, kv: KvWriter, log: Log): Register {
  prepareLedger(sql)
  let last: Promise<unknown> = Promise.resolve()

  function inTurn(call: RegisterCall, action: Action): Promise<RegisterAnswer> {
    const turn = last.then(() => run(call, action))
    last = turn.catch(() => undefined)
    return turn
  }

  async function run(call: RegisterCall, action: Action): Promise<RegisterAnswer> {
    const ledger = openLedger(sql, call.cluster)
    let refused: RegisterAnswer['refused'] = null
    try {
      if (!sql.transaction(() => ledger.useNonce(call.nonce, call.nowMs, call.nowMs + nonceLifeMs))) {
        throw new Refused('PROOF_REPLAYED', 'this proof was used before')
      }
      await action(ledger)
    } catch (error) {
      refused = toRefusal(error, call, log)
    }
    try {
      await storeRoot(ledger, call.cluster)
    } catch (error) {
      refused ??= toRefusal(error, call, log)
    }
    if (refused) ledger.setLastRefusal({ ...refused, atMs: call.nowMs })
    return { refused, root: ledger.root()?.jws ?? null, lastRefusal: ledger.lastRefusal() }
  }

  /** Stores the root in force, unless it is known to be there. */
  async function storeRoot(ledger: Ledger, cluster: string): Promise<void> {
    const root = ledger.root()
    if (!root || root.stored) return
    await kv.put(rootKey(cluster), root.jws)
    ledger.markRootStored()
  }

  async function putBlobs(
    ledger: Ledger,
    call: RegisterCall,
    blobs: readonly { hash: string; text: string }[],
  ) {
    // An agent that is refused for these sends no root, and only roots are followed by a sweep.
    const hashes = blobs.map(({ hash }) => hash)
    if ([...ledger.blobs(hashes).values()].some(({ state }) => state === 'leaving')) await sweep(ledger, call)
    sql.transaction(() => {
      const known = ledger.blobs(hashes)
      for (const hash of hashes) {
        const state = known.get(hash)?.state
        if (state === 'leaving')
          throw new Refused('BLOB_BUSY', `blob ${hash} is being deleted; send it again later`)
        if (state !== 'used') ledger.setBlob(hash, 'pending', call.nowMs)
      }
    })
    await Promise.all(blobs.map(({ hash, text }) => kv.put(blobKey(call.cluster, hash), text)))
    sql.transaction(() => {
      const known = ledger.blobs(hashes)
      for (const hash of hashes)
        if (known.get(hash)?.state === 'pending') ledger.setBlob(hash, 'written', call.nowMs)
    })
  }

  /** Puts a root in force; it is stored when the call ends, as is one that an earlier call left behind. */
  async function putRoot(ledger: Ledger, call: RegisterCall, root: IncomingRoot): Promise<void> {
    sql.transaction(() => {
      const held = ledger.root()
      const counts = held && call.trustedKeyIds.includes(held.kid) ? held : undefined
      if (!supersedes(counts, root)) return
      const known = new Map([...ledger.blobsIn('used'), ...ledger.blobs(root.blobs)])
      const [absent, ...more] = absentBlobs(known, root.blobs)
      if (absent)
        throw new Refused('BLOB_MISSING', `blob ${absent} and ${more.length} others were never stored`)
      const { used, unused } = handOver(known, root.blobs)
      for (const hash of used) ledger.setBlob(hash, 'used', call.nowMs)
      for (const hash of unused) ledger.setBlob(hash, 'written', call.nowMs)
      ledger.setRoot(root)
    })
    await sweep(ledger, call)
  }

  /** Deletes garbage. A failure is logged and not the agent's concern: the next root tries again. */
  async function sweep(ledger: Ledger, { cluster, nowMs }: RegisterCall): Promise<void> {
    const candidates = (['leaving', 'written', 'pending'] as const).flatMap((state) => [
      ...ledger.blobsIn(state, maxSwept),
    ])
    const hashes = garbage(new Map(candidates), nowMs)
    sql.transaction(() => hashes.forEach((hash) => ledger.setBlob(hash, 'leaving', nowMs)))
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
    state: (call) => inTurn(call, () => Promise.resolve()),
    putBlobs: (call, blobs) => inTurn(call, (ledger) => putBlobs(ledger, call, blobs)),
    putRoot: (call, root) => inTurn(call, (ledger) => putRoot(ledger, call, root)),
    note: (call, { code, message }) => inTurn(call, () => Promise.reject(new Refused(code, message))),
  }
}

function toRefusal(error: unknown, call: RegisterCall, log: Log): { code: IngestCode; message: string } {
  if (error instanceof Refused || error instanceof SnapshotError)
    return { code: error.code, message: error.message }
  log.warn('store failed', { cluster: call.cluster, reason: String(error) })
  return { code: 'STORE_FAILED', message: 'the store failed; send the same again later' }
}
