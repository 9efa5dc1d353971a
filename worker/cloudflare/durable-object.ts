import { DurableObject } from 'cloudflare:workers'
import type { DurableObjectState, KVNamespace } from '@cloudflare/workers-types'
import type { Refusal } from '../../snapshot/ingest.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { BucketsRead, HeadRead, RegisterReads, WantedBucket } from '../register/reads.ts'
import type {
  IncomingBlob,
  IncomingRoot,
  Register,
  RegisterCall,
  RegisterOutcome,
} from '../register/register.ts'
import { isolateClock } from './isolate-clock.ts'
import type { ObjectRegister } from './object-register.ts'
import type { ServingBindings } from './serving-bindings.ts'

/** The bindings of wrangler.toml that the object uses. */
export type ObjectBindings = ServingBindings & { readonly KV: KVNamespace }

/**
 * A cluster's register on Cloudflare: a Durable Object with SQLite storage, the only writer of the cluster's keys. Its methods can
 * be called by Workers with its binding only; none of them is served over HTTP. If it serves, readers ask it for roots and
 * blobs, and an alarm copies the root in force to the key-value store; also the last one, if it served before.
 */
export class RegisterObject extends DurableObject<ObjectBindings> implements Register, RegisterReads {
  readonly #storage: DurableObjectState['storage']
  readonly #opened: Promise<ObjectRegister>

  constructor(state: DurableObjectState, bindings: ObjectBindings) {
    super(state, bindings)
    this.#storage = state.storage
    // The isolates that answer queries import this class, but not its code.
    this.#opened = import('./object-register.ts').then(async ({ createObjectRegister }) => {
      const opened = createObjectRegister(state, bindings)
      // It may have ended right after it accepted a root. If it served before, it does not wait for the alarm of that time.
      if (opened.register.clusters().length > 0) await this.#setAlarm(opened.serving === undefined)
      return opened
    })
  }

  async #setAlarm(isUrgent: boolean): Promise<void> {
    if (isUrgent || (await this.#storage.getAlarm()) === null)
      await this.#storage.setAlarm(isolateClock.now())
  }

  async state(call: RegisterCall): Promise<RegisterOutcome> {
    return (await this.#opened).register.state(call)
  }

  async putBlobs(call: RegisterCall, blobs: readonly IncomingBlob[]): Promise<RegisterOutcome> {
    return (await this.#opened).register.putBlobs(call, blobs)
  }

  async putBuckets(call: RegisterCall, buckets: readonly IncomingBlob[]): Promise<RegisterOutcome> {
    return (await this.#opened).register.putBuckets(call, buckets)
  }

  async putRoot(call: RegisterCall, root: IncomingRoot): Promise<RegisterOutcome> {
    const { register, serving } = await this.#opened
    const outcome = await register.putRoot(call, root)
    if (serving) await this.#setAlarm(false)
    return outcome
  }

  async note(call: RegisterCall, refusal: Refusal): Promise<RegisterOutcome> {
    return (await this.#opened).register.note(call, refusal)
  }

  async head(cluster: string, known: string): Promise<HeadRead | null> {
    return (await (await this.#opened).serving?.head(cluster, known)) ?? null
  }

  async blobs(cluster: string, hashes: readonly BlobHash[]): Promise<(string | null)[]> {
    return (await (await this.#opened).serving?.blobs(cluster, hashes)) ?? hashes.map(() => null)
  }

  async buckets(cluster: string, wanted: readonly WantedBucket[]): Promise<BucketsRead> {
    const { serving } = await this.#opened
    return (await serving?.buckets(cluster, wanted)) ?? { texts: wanted.map(() => null), blobs: {} }
  }

  /** Makes a step of the checkpoint, and sets the alarm for the next one. */
  async alarm(): Promise<void> {
    const { register } = await this.#opened
    const nowMs = isolateClock.now()
    const dueMs: number[] = []
    for (const cluster of register.clusters()) {
      const nextMs = await register.checkpoint(cluster, nowMs)
      if (nextMs !== undefined) dueMs.push(nextMs)
    }
    if (dueMs.length > 0) await this.#storage.setAlarm(Math.min(...dueMs))
  }
}
