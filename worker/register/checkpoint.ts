import { declaredBlobsPerRequest } from '../../snapshot/ingest.ts'
import { blobKey } from '../../snapshot/keys.ts'
import { orderOfRoots } from '../../snapshot/root.ts'
import { namedTexts } from '../../snapshot/root-value.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { CheckpointPace } from './checkpoint-pace.ts'
import type { Ledger } from './ledger.ts'
import { bucketsNamed, policyNamed } from './named-blobs.ts'
import type { IncomingRoot, Register, RegisterCall, RegisterOutcome } from './register.ts'
import type { SqlStore } from './sql-store.ts'

/** The parts of a register that serves. `front` holds the root in force, `behind` that of the last checkpoint. */
export type CheckpointParts = {
  readonly own: SqlStore
  readonly front: (cluster: string) => Ledger
  readonly behind: { readonly register: Register; readonly ledger: (cluster: string) => Ledger }
  readonly pace: CheckpointPace
  /** Whether a root may replace one that is newer by its number, such as one of a key that was replaced. */
  readonly mayReplace: boolean
  /** Called with the blobs of each completed checkpoint. */
  readonly onDone: (cluster: string, blobs: ReadonlySet<BlobHash>, nowMs: number) => void
}

/** After a failed write, the next one is made after this time (ms). */
const retryMs = 5_000

/** Copies the root in force and its blobs to the key-value store. */
export type Checkpoint = {
  /**
   * Makes one step: at most as many writes as one invocation may make. Resolves to when the next step is due (Unix ms), or to
   * undefined if the store has the root in force.
   */
  step(cluster: string, nowMs: number): Promise<number | undefined>
}

/**
 * Checkpoints go through a register of their own, so that blobs are written before their root, garbage is kept for a day,
 * and a crash at any point is mended.
 */
export function createCheckpoint(parts: CheckpointParts): Checkpoint {
  const { own, front, behind, pace, mayReplace, onDone } = parts
  /** The blobs that were written since the last completed checkpoint, by cluster. A restart only writes them again. */
  const sent = new Map<string, Set<BlobHash>>()
  let calls = 0

  async function putSome(call: RegisterCall, missing: readonly BlobHash[]): Promise<RegisterOutcome> {
    const hashes = missing.slice(0, declaredBlobsPerRequest)
    const texts = own.values(hashes.map((hash) => blobKey(call.cluster, hash)))
    const blobs = hashes.flatMap((hash, index) => {
      const text = texts[index]
      return text === null || text === undefined ? [] : [{ hash, text }]
    })
    const outcome = await behind.register.putBlobs(call, blobs)
    const known = sent.get(call.cluster) ?? new Set()
    sent.set(call.cluster, known)
    if (!outcome.refused) for (const hash of hashes) known.add(hash)
    pace.wrote(call.cluster, blobs.length, false, call.nowMs)
    return outcome
  }

  return {
    async step(cluster, nowMs) {
      const [root, stored] = [await front(cluster).root(), await behind.ledger(cluster).root()]
      const isSame = stored?.jws === root?.jws
      if (!mayReplace && root && stored && orderOfRoots(stored, root) > 0) return undefined
      // A root that this release cannot read waits for the next one, since its blobs are unknown.
      const names = await front(cluster).namedBlobs()
      if (!root || !names || (isSame && stored?.stored)) return undefined
      // A revoked token must not be valid for as long as a budget is used up.
      const dueMs = pace.dueMs(cluster, policyNamed(root.jws) !== (stored && policyNamed(stored.jws)))
      if (nowMs < dueMs) return dueMs
      const kept = stored && (await behind.ledger(cluster).namedBlobs())
      const known = sent.get(cluster)
      const missing = [...names].filter((hash) => !kept?.has(hash) && !known?.has(hash))
      // The policy was checked when the root was accepted, and so was the order, for which no key is trusted here then.
      const trustedKeyIds = mayReplace || !stored ? [] : [stored.kid]
      const call = { cluster, nonce: `checkpoint ${nowMs} ${calls++}`, nowMs, trustedKeyIds }
      if (missing.length > 0) {
        const { refused } = await putSome(call, missing)
        return nowMs + (refused ? retryMs : 0)
      }
      const buckets = await bucketsOf(root.jws, front(cluster))
      // Another root may have been accepted meanwhile: its names and buckets are others.
      if ((await front(cluster).root())?.jws !== root.jws) return nowMs
      const accepted = { ...root, policy: null, policyDropped: true, blobs: [...names], buckets }
      const { refused } = await behind.register.putRoot(call, accepted)
      sent.delete(cluster)
      pace.wrote(cluster, 1, !refused, nowMs)
      if (refused) return nowMs + retryMs
      onDone(cluster, names, nowMs)
      return undefined
    },
  }
}

/** The buckets of a root in force, all of them; undefined for schema 1. */
async function bucketsOf(jws: string, ledger: Ledger): Promise<IncomingRoot['buckets']> {
  const hashes = bucketsNamed(jws)
  if (!hashes) return undefined
  return { hashes, sent: namedTexts(hashes, await ledger.bucketTexts()) }
}
