/** Read access to the key-value store; Cloudflare's KVNamespace implements it. */
export type KvReader = {
  /**
   * The value of a key, or null when there is none. `cacheTtl` is how long one location may serve its cached copy, in
   * seconds.
   */
  get(key: string, options: { readonly cacheTtl: number }): Promise<string | null>
}

/** The runtime's fetch, as far as upstream queries need it. */
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

/** Write access to the key-value store, for the register only. */
export type KvWriter = {
  put(key: string, value: string): Promise<void>
  delete(key: string): Promise<void>
}

export type SqlValue = string | number | null

/** A SQLite database: a Durable Object's storage, or a file. Statements are synchronous in both. */
export type Sql = {
  /** Runs one statement with its `?` bound in order, and returns its rows. */
  run(statement: string, ...values: SqlValue[]): readonly Readonly<Record<string, SqlValue>>[]
  /** Runs `action` in a transaction. All of its statements take effect, or none of them if it throws. */
  transaction<T>(action: () => T): T
}

/**
 * The background tasks of one request. Work that other requests may wait for must be passed to `waitUntil`: on workerd,
 * a promise may never settle once the request that started it has ended.
 */
export type Tasks = { waitUntil(promise: Promise<unknown>): void }

/** Structured logging: a constant message, with the variable facts as fields. */
export type Log = {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
}
