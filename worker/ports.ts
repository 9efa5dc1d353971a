/** How the edge reads its key-value store; Cloudflare's KVNamespace is one. */
export type KvReader = {
  /** The text under a key, or null when there is none. `cacheTtl` is how long, in seconds, a location may serve its copy. */
  get(key: string, options: { readonly cacheTtl: number }): Promise<string | null>
}

/** How upstream resolvers are asked: the runtime's own fetch. */
export type Fetch = (
  url: string,
  init: {
    readonly method: 'POST'
    readonly headers: Readonly<Record<string, string>>
    readonly body: Uint8Array<ArrayBuffer>
    readonly redirect: 'manual'
    readonly signal: AbortSignal
  },
) => Promise<Response>

/** How the register writes it. */
export type KvWriter = {
  put(key: string, value: string): Promise<void>
  delete(key: string): Promise<void>
}

export type SqlValue = string | number | null

/** A SQLite database: a Durable Object's storage, or a file. Statements are synchronous in both. */
export type Sql = {
  /** Runs one statement, its `?` bound in order, and gives its rows. */
  run(statement: string, ...values: SqlValue[]): readonly Readonly<Record<string, SqlValue>>[]
  /** Runs `action` so that all of its statements take effect or, when it throws, none. */
  transaction<T>(action: () => T): T
}

/**
 * The life of one request. What a request begins and others may wait for is given to `waitUntil`: on workerd a
 * promise whose starter has gone may never settle.
 */
export type Tasks = { waitUntil(promise: Promise<unknown>): void }

/** Structured logging: a constant message, the facts as fields. */
export type Log = {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
}
