import type { DurableObjectNamespace, DurableObjectState } from '@cloudflare/workers-types'
import { RegisterObject as Register } from '../../worker/cloudflare/durable-object.ts'
import worker from '../../worker/cloudflare/worker.ts'

/* The Worker, with a register that counts the rows that its storage read and wrote. GET /rows has the counts. */

/** Rows since the object began. */
export type Rows = { readonly read: number; readonly written: number }

type Cursor = { readonly rowsRead: number; readonly rowsWritten: number }
type Exec = (this: unknown, ...args: unknown[]) => Cursor

export class RegisterObject extends Register {
  readonly #cursors: readonly Cursor[]

  constructor(state: DurableObjectState, bindings: ConstructorParameters<typeof Register>[1]) {
    const { sql } = state.storage
    const exec = sql.exec as unknown as Exec
    const cursors: Cursor[] = []
    const counted: Exec = (...args) => {
      const cursor = exec.apply(sql, args)
      cursors.push(cursor)
      return cursor
    }
    Object.defineProperty(sql, 'exec', { value: counted })
    super(state, bindings)
    this.#cursors = cursors
  }

  rows(): Rows {
    return {
      read: this.#cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
      written: this.#cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
    }
  }
}

type Bindings = { readonly REGISTER: DurableObjectNamespace }

export default {
  ...worker,
  async fetch(request: Request, bindings: Bindings, context: unknown): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname !== '/rows')
      return (worker.fetch as (...args: unknown[]) => Promise<Response>)(request, bindings, context)
    const object = bindings.REGISTER.get(bindings.REGISTER.idFromName(searchParams.get('cluster') ?? ''))
    return Response.json(await (object as unknown as { rows(): Promise<Rows> }).rows())
  },
}
