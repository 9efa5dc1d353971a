import type { DurableObjectNamespace, DurableObjectState, KVNamespace } from '@cloudflare/workers-types'
import { RegisterObject as Register } from '../../worker/cloudflare/durable-object.ts'
import type { RegisterCall } from '../../worker/register/register.ts'

/* A Worker that consists only of its register. A test calls it over HTTP, without proofs and with its own times. */

/** The Worker's register, which also lists the blobs of its ledger. */
export class RegisterObject extends Register {
  readonly #storage: DurableObjectState['storage']

  constructor(state: DurableObjectState, bindings: Bindings) {
    super(state, bindings)
    this.#storage = state.storage
  }

  rows(): string[] {
    const { sql } = this.#storage
    // The register makes its tables with its first call.
    const tables = sql.exec("SELECT name FROM sqlite_master WHERE name = 'blob_v1'").toArray()
    if (tables.length === 0) return []
    return sql
      .exec<{ hash: string }>('SELECT hash FROM blob_v1')
      .toArray()
      .map(({ hash }) => hash)
  }
}

type Bindings = { readonly KV: KVNamespace; readonly REGISTER: DurableObjectNamespace }

type Asked = {
  readonly cluster: string
  readonly method: 'state' | 'putBlobs' | 'putRoot' | 'rows'
  readonly to: RegisterCall
  readonly what: unknown
}

export default {
  async fetch(request: Request, { REGISTER }: Bindings): Promise<Response> {
    if (request.method === 'GET') return new Response('ok')
    const { cluster, method, to, what } = (await request.json()) as Asked
    const stub = REGISTER.get(REGISTER.idFromName(cluster)) as unknown as Record<
      string,
      (...args: unknown[]) => Promise<unknown>
    >
    return Response.json((await stub[method]?.(to, what)) ?? null)
  },
}
