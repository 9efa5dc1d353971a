import { DurableObject } from 'cloudflare:workers'
import type { DurableObjectNamespace, DurableObjectState } from '@cloudflare/workers-types'
import { durableSql } from '../../worker/cloudflare/durable-sql.ts'
import type { Ledger } from '../../worker/register/ledger.ts'
import { createSqlLedgers } from '../../worker/register/sql-ledger.ts'

/* A Worker that consists only of the ledgers of one Durable Object. A test calls their methods over HTTP. */

type Asked = { readonly cluster: string; readonly method: keyof Ledger | 'reopen'; readonly args: unknown[] }

/** Ledgers over the storage of a Durable Object, opened again on demand. */
export class RegisterObject extends DurableObject {
  readonly #state: DurableObjectState
  #ledgerOf: (cluster: string) => Ledger

  constructor(state: DurableObjectState, bindings: unknown) {
    super(state, bindings)
    this.#state = state
    this.#ledgerOf = createSqlLedgers(durableSql(state))
  }

  async ask({ cluster, method, args }: Asked): Promise<string> {
    if (method === 'reopen') {
      this.#ledgerOf = createSqlLedgers(durableSql(this.#state))
      return '{}'
    }
    const act = this.#ledgerOf(cluster)[method] as (...values: unknown[]) => Promise<unknown>
    try {
      return JSON.stringify({ value: await act(...args) })
    } catch (error) {
      return JSON.stringify({ failed: String(error), code: (error as { readonly code?: string }).code })
    }
  }
}

export default {
  async fetch(
    request: Request,
    { REGISTER }: { readonly REGISTER: DurableObjectNamespace<RegisterObject> },
  ): Promise<Response> {
    if (request.method === 'GET') return new Response('ok')
    const object = REGISTER.get(REGISTER.idFromName('all'))
    return new Response(await object.ask((await request.json()) as Asked))
  },
}
