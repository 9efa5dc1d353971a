import type { Name } from '../dns/name.ts'
import type { IngestCode } from '../snapshot/ingest.ts'
import type { LimitKind } from './limit/limiter.ts'

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

/** Signs a configuration profile for Apple devices: its text → CMS SignedData in DER (RFC 5652). */
export type SignProfile = (text: string) => Promise<Uint8Array>

/** Structured logging: a constant message, with the variable facts as fields. */
export type Log = {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** How a DNS message arrived; `http`: over HTTP of a version that the runtime does not report. */
export type Transport = 'http1' | 'http2' | 'http' | 'udp' | 'tcp' | 'dot'

/** The transports with connections that are counted. */
export type ConnectionTransport = Exclude<Transport, 'http' | 'udp'>

/** A limit that a request or a connection can be above: those of `limits`, and those of the listeners. */
export type LimitHit = LimitKind | ListenerLimit

/**
 * The limits of listeners: `connections` in total and `source_connections` from one network, of which one is closed;
 * `in_flight` queries of a connection, which is not read until then; `waiting` queries over UDP, and `response_rate` of
 * answers over UDP to one network, above which queries are dropped or get a truncated answer.
 */
export type ListenerLimit = 'connections' | 'source_connections' | 'in_flight' | 'waiting' | 'response_rate'

/** The result of one attempt at an upstream resolver: an answer, another rcode, no answer in time, or not an answer. */
export type UpstreamResult = 'answer' | 'rcode' | 'network' | 'garbage'

/**
 * Counts what an edge does. No method gets a qname, a token or an address. The methods are called for every query, so each
 * takes less than a microsecond, and none throws.
 */
export type Meter = {
  /** A clock that only moves forward (ms, with fractions), for `answered`. */
  nowMs(): number
  /**
   * A DNS answer was made. `zone` is the configured zone of the name, folded, or in-addr.arpa or ip6.arpa for reverse
   * names; undefined for all other names. `type` is undefined if the question could not be read. `beganMs`: when the
   * request arrived, by `nowMs`.
   */
  answered(
    transport: Transport,
    zone: Name | undefined,
    type: number | undefined,
    rcode: number,
    beganMs: number,
  ): void
  /** An HTTP request was answered with this status, which is 200 for every DNS answer. */
  responded(status: number): void
  /** The answer cache was searched. */
  searched(isHit: boolean): void
  /** An ingest request was refused. */
  refused(code: IngestCode): void
  /** An upstream resolver was asked. */
  asked(result: UpstreamResult): void
  /** A request or connection was above a limit. */
  limited(limit: LimitHit): void
  /** A connection was opened; call `disconnected` when it is closed. */
  connected(transport: ConnectionTransport): void
  disconnected(transport: ConnectionTransport): void
}
