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

/** A cluster's register on Cloudflare: a Durable Object with SQLite storage, the only writer of the cluster's keys. */
export class RegisterObject extends DurableObject<{ readonly KV: KVNamespace }> implements Register {
  readonly #register: Promise<Register>

  constructor(state: DurableObjectState, bindings: { readonly KV: KVNamespace }) {
    super(state, bindings)
    // The isolates that answer queries import this class, but not its code.
    this.#register = import('./object-register.ts').then(({ createObjectRegister }) =>
      createObjectRegister(state, bindings.KV),
    )
  }

  async state(call: RegisterCall): Promise<RegisterOutcome> {
    return (await this.#register).state(call)
  }

  async putBlobs(call: RegisterCall, blobs: readonly IncomingBlob[]): Promise<RegisterOutcome> {
    return (await this.#register).putBlobs(call, blobs)
  }

  async putBuckets(call: RegisterCall, buckets: readonly IncomingBlob[]): Promise<RegisterOutcome> {
    return (await this.#register).putBuckets(call, buckets)
  }

  async putRoot(call: RegisterCall, root: IncomingRoot): Promise<RegisterOutcome> {
    return (await this.#register).putRoot(call, root)
  }

  async note(call: RegisterCall, refusal: Refusal): Promise<RegisterOutcome> {
    return (await this.#register).note(call, refusal)
  }
}
