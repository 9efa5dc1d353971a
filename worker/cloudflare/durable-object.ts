import { DurableObject } from 'cloudflare:workers'
import type { DurableObjectState, KVNamespace } from '@cloudflare/workers-types'
import type { Refusal } from '../../snapshot/ingest.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import type { Head, RegisterReads, RootRead } from '../register/reads.ts'
import type {
  IncomingBlob,
  IncomingRoot,
  Register,
  RegisterCall,
  RegisterOutcome,
} from '../register/register.ts'
import { createServingRegister, type ServingRegister } from '../register/serving-register.ts'
import { createSqlRegister } from '../register/sql-register.ts'
import { boundedWriter } from '../register/write-timeout.ts'
import { consoleLog } from './console-log.ts'
import { durableSql } from './durable-sql.ts'
import { isolateClock } from './isolate-clock.ts'
import { readServing, type ServingBindings } from './serving-bindings.ts'

type Bindings = ServingBindings & { readonly KV: KVNamespace }

/**
 * A cluster's register on Cloudflare: a Durable Object with SQLite storage, the only writer of the cluster's keys. Its methods can
 * be called by Workers with its binding only; none of them is served over HTTP. If it serves, readers ask it for roots and
 * blobs, and an alarm copies the root in force to the key-value store.
 */
export class RegisterObject extends DurableObject<Bindings> implements Register, RegisterReads {
  readonly #storage: DurableObjectState['storage']
  readonly #register: Register
  /** The same register, if it serves. */
  readonly #serving: ServingRegister | undefined

  constructor(state: DurableObjectState, bindings: Bindings) {
    super(state, bindings)
    const kv = boundedWriter(bindings.KV, isolateClock)
    const serving = readServing(bindings)
    this.#storage = state.storage
    this.#serving =
      serving && createServingRegister(durableSql(state), kv, consoleLog, serving, isolateClock.now)
    this.#register = this.#serving ?? createSqlRegister(durableSql(state), kv, consoleLog)
  }

  state(call: RegisterCall): Promise<RegisterOutcome> {
    return this.#register.state(call)
  }

  putBlobs(call: RegisterCall, blobs: readonly IncomingBlob[]): Promise<RegisterOutcome> {
    return this.#register.putBlobs(call, blobs)
  }

  async putRoot(call: RegisterCall, root: IncomingRoot): Promise<RegisterOutcome> {
    const outcome = await this.#register.putRoot(call, root)
    if (this.#serving && (await this.#storage.getAlarm()) === null)
      await this.#storage.setAlarm(isolateClock.now())
    return outcome
  }

  note(call: RegisterCall, refusal: Refusal): Promise<RegisterOutcome> {
    return this.#register.note(call, refusal)
  }

  async head(cluster: string): Promise<Head | null> {
    return (await this.#serving?.head(cluster)) ?? null
  }

  async root(cluster: string, hash: string): Promise<RootRead | null> {
    return (await this.#serving?.root(cluster, hash)) ?? null
  }

  async blobs(cluster: string, hashes: readonly BlobHash[]): Promise<(string | null)[]> {
    return (await this.#serving?.blobs(cluster, hashes)) ?? hashes.map(() => null)
  }

  /** Makes a step of the checkpoint, and sets the alarm for the next one. */
  async alarm(): Promise<void> {
    const serving = this.#serving
    if (!serving) return
    const nowMs = isolateClock.now()
    const dueMs: number[] = []
    for (const cluster of serving.clusters()) {
      const nextMs = await serving.checkpoint(cluster, nowMs)
      if (nextMs !== undefined) dueMs.push(nextMs)
    }
    if (dueMs.length > 0) await this.#storage.setAlarm(Math.min(...dueMs))
  }
}
