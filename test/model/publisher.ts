import { sha256 } from '../../snapshot/blob.ts'
import { unpackRoot } from '../../snapshot/bucket.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { blobsOf, rereadRoot } from '../../snapshot/root.ts'
import type { BlobHash, Root, ShardFamily } from '../../snapshot/schema.ts'
import { storedBitsOf } from '../../sync/build/shards.ts'
import { build, type Snapshot } from '../../sync/build/snapshot.ts'
import { agentDefaults } from '../../sync/options.ts'
import { planPublish } from '../../sync/publish/plan.ts'
import { type SealedRoot, sealRoot } from '../../sync/publish/seal-root.ts'
import type {
  IncomingBlob,
  IncomingRoot,
  Register,
  RegisterCall,
  RegisterOutcome,
} from '../../worker/register/register.ts'
import type { Random } from '../seeded-random.ts'
import { type Objects, storeOf } from './cluster-model.ts'
import type { Counts } from './counts.ts'
import type { History } from './history.ts'
import type { VirtualTime } from './virtual-time.ts'

/** An agent that believes it is the leader. */
export type Publisher = {
  /** Publishes a state of the cluster; true if the edge accepted it or already had it. */
  publish(objects: Objects, how: { readonly pauseMs: number; readonly forgetful: boolean }): Promise<boolean>
}

export type PublisherPorts = {
  readonly name: string
  readonly cluster: string
  readonly key: SigningKey
  readonly time: VirtualTime
  readonly random: Random
  readonly counts: Counts
  readonly history: History
  /** The present register; a dead one never answers. */
  readonly register: () => Register
}

const heartbeatMs = 60_000
const callTimeoutMs = 30_000
const maxAttempts = 8
const blobsPerCall = 15

/** An agent with a term. Like the real one, it remembers its last publish until a failure. */
export function createPublisher(ports: PublisherPorts, term: number): Publisher {
  const { time, random, counts, history } = ports
  let known: Root | undefined
  let knownBuckets: ShardFamily | undefined
  let nonce = 0

  /** One call to the register; undefined if it does not answer. */
  async function call(
    action: (register: Register, call: RegisterCall) => Promise<RegisterOutcome>,
  ): Promise<RegisterOutcome | undefined> {
    const timeout = time.sleep(callTimeoutMs).then(() => undefined)
    const asked = {
      cluster: ports.cluster,
      nonce: `${ports.name}-${nonce++}`,
      nowMs: time.now(),
      trustedKeyIds: [ports.key.kid],
    }
    const answered = action(ports.register(), asked)
      // The register has accepted it, even if the agent no longer waits.
      .then((answer) => {
        if (answer.root !== null) history.holds(answer.root, time.now())
        return answer
      })
    const answer = await Promise.race([answered, timeout])
    counts.count(answer ? `register ${answer.refused?.code ?? 'OK'}` : 'register silent')
    return answer
  }

  async function publish(objects: Objects, how: { pauseMs: number; forgetful: boolean }): Promise<boolean> {
    let putAll = false
    if (how.forgetful) known = undefined
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if (attempt > 0) await time.sleep(random.between(1_000, 2_000 * 2 ** attempt))
      const outcome = await round(objects, how.pauseMs, putAll)
      if (outcome === undefined) return true
      known = undefined
      putAll ||= outcome === 'BLOB_MISSING'
      if (outcome === 'ROOT_OLDER' || outcome === 'ROOT_CONFLICT') return false
    }
    return false
  }

  /** The reason of a failure; undefined on success. */
  async function round(objects: Objects, pauseMs: number, putAll: boolean): Promise<string | undefined> {
    const published = known ?? (await readPublished())
    if (published === 'silent') return 'silent'
    const snapshot = await buildOnce(objects, published)
    const nowMs = time.now()
    const context = { cluster: ports.cluster, nowMs, asOfMs: nowMs, term, heartbeatMs, putAll }
    const plan = planPublish(published, snapshot, context)
    if (plan.kind === 'nothing') return undefined
    const schema = random.chance(0.5) ? 2 : 1
    const sealed = await sealRoot(plan.root, schema, knownBuckets, ports.key)
    const { jws } = sealed
    history.add(plan.root, jws, objects)
    const refused = await putBlobs(plan.put)
    if (refused) return refused
    const sent = await Promise.all(sealed.changed.map(async (text) => ({ hash: await sha256(text), text })))
    if (pauseMs > 0) await time.sleep(pauseMs)
    const answer = await call((register, to) =>
      register.putRoot(to, incomingOf(plan.root, ports.key.kid, sealed, sent)),
    )
    if (!answer || answer.refused) {
      // The buckets at the edge are not known after a failure: the next root comes with all of its own.
      knownBuckets = undefined
      return answer?.refused?.code ?? 'silent'
    }
    counts.count(`published schema ${schema}`)
    knownBuckets = sealed.hashes
    counts.count(`published ${plan.kind}`)
    known = plan.root
    return undefined
  }

  async function readPublished(): Promise<Root | undefined | 'silent'> {
    const answer = await call((register, to) => register.state(to))
    if (!answer || answer.refused) return 'silent'
    if (answer.root === null) return undefined
    const root = rereadRoot(answer.root)
    return root.schema === 2 ? unpackRoot(root, answer.buckets ?? []) : root
  }

  async function putBlobs(put: ReadonlyMap<BlobHash, () => string>): Promise<string | undefined> {
    const blobs = [...put].map(([hash, text]) => ({ hash, text: text() }))
    for (let at = 0; at < blobs.length; at += blobsPerCall) {
      const answer = await call((register, to) => register.putBlobs(to, blobs.slice(at, at + blobsPerCall)))
      if (!answer || answer.refused) return answer?.refused?.code ?? 'silent'
    }
    return undefined
  }
  return { publish }
}

function incomingOf(
  root: Root,
  kid: string,
  { jws, hashes }: SealedRoot,
  sent: readonly IncomingBlob[],
): IncomingRoot {
  if (!hashes) return { ...root, kid, jws, blobs: [...blobsOf(root)] }
  return { ...root, kid, jws, blobs: [...blobsOf(rereadRoot(jws))], buckets: { hashes, sent } }
}

const built = new WeakMap<Objects, Map<string, Snapshot>>()

/** The first snapshot has four shards of Services, so that related names are in different shards. */
const firstBits = { services: 2, endpoints: 1 }

/** States occur repeatedly; each is built once per number of shards. */
async function buildOnce(objects: Objects, published: Root | undefined): Promise<Snapshot> {
  const bits = published ? storedBitsOf(published) : firstBits
  const id = `${bits.services} ${bits.endpoints}`
  const cached = built.get(objects) ?? new Map<string, Snapshot>()
  built.set(objects, cached)
  const snapshot =
    cached.get(id) ?? (await build(storeOf(objects), { ...agentDefaults, static: false }, bits))
  cached.set(id, snapshot)
  return snapshot
}
