/** The part of the runtime's module that this Worker uses. Its full types would shadow those of Node. */
declare module 'cloudflare:workers' {
  import type { DurableObjectState, Rpc } from '@cloudflare/workers-types'

  export abstract class DurableObject<Bindings = unknown> implements Rpc.DurableObjectBranded {
    readonly [Rpc.__DURABLE_OBJECT_BRAND]: never
    protected readonly env: Bindings
    constructor(state: DurableObjectState, bindings: Bindings)
  }
}
