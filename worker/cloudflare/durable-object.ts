import { DurableObject } from 'cloudflare:workers'
import type { DurableObjectState, KVNamespace } from '@cloudflare/workers-types'
import type { Refusal } from '../../snapshot/ingest.ts'
import type {
  IncomingBlob,
  IncomingRoot,
  Register,
  RegisterCall,
  RegisterOutcome,
} from '../register/register.ts'
import { createSqlRegister } from '../register/sql-register.ts'
import { boundedWriter } from '../register/write-timeout.ts'
import { consoleLog } from './console-log.ts'
import { durableSql } from './durable-sql.ts'
import { isolateClock } from './isolate-clock.ts'

/** A cluster's register on Cloudflare: a Durable Object with SQLite storage, the only writer of the cluster's keys. */
export class RegisterObject extends DurableObject<{ readonly KV: KVNamespace }> implements Register {
  readonly #register: Register

  constructor(state: DurableObjectState, bindings: { readonly KV: KVNamespace }) {
    super(state, bindings)
    this.#register = createSqlRegister(
      durableSql(state),
      boundedWriter(bindings.KV, isolateClock),
      consoleLog,
    )
  }

  state(call: RegisterCall): Promise<RegisterOutcome> {
    return this.#register.state(call)
  }

  putBlobs(call: RegisterCall, blobs: readonly IncomingBlob[]): Promise<RegisterOutcome> {
    return this.#register.putBlobs(call, blobs)
  }

  putBuckets(call: RegisterCall, buckets: readonly IncomingBlob[]): Promise<RegisterOutcome> {
    return this.#register.putBuckets(call, buckets)
  }

  putRoot(call: RegisterCall, root: IncomingRoot): Promise<RegisterOutcome> {
    return this.#register.putRoot(call, root)
  }

  note(call: RegisterCall, refusal: Refusal): Promise<RegisterOutcome> {
    return this.#register.note(call, refusal)
  }
}
