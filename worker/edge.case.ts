import { DatabaseSync } from 'node:sqlite'
import { nameFromText } from '../dns/name.ts'
import { hashBlob } from '../snapshot/blob.ts'
import { packRoot } from '../snapshot/bucket.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../snapshot/key.ts'
import { blobKey, rootKey } from '../snapshot/keys.ts'
import { signRoot } from '../snapshot/root.ts'
import { joinRootValue } from '../snapshot/root-value.ts'
import { type Content, type Root, schemaVersion } from '../snapshot/schema.ts'
import { handle } from './app.ts'
import { callerDefaults } from './caller-config.ts'
import type { Clock } from './clock.ts'
import type { ClusterConfig, EdgeConfig } from './config.ts'
import { createEdge, type Edge, type EdgePorts } from './edge.ts'
import { createFollowRoute } from './follow/follow-route.ts'
import { createFollowerNonces } from './follow/nonces.ts'
import type { DohRequest, DohResponse } from './http/request.ts'
import type { KvReader, KvWriter, Sql, SqlValue } from './ports.ts'
import type { Register } from './register/register.ts'
import { createSqlRegister } from './register/sql-register.ts'
import type { Source } from './source/source.ts'

/** The time at the start of every test (Unix ms). */
export const startMs = Date.parse('2026-11-23T12:00:00Z')

/** The default signing key of test clusters. */
export const testKey: SigningKey = await importPrivateKey(await generateKey())

/** A clock that moves only when a test advances it. */
export type TestClock = Clock & {
  /** Moves the time forward and fires the timers that are due. */
  advance(ms: number): void
}

/** Makes a clock at `startMs`. */
export function createTestClock(): TestClock {
  let nowMs = startMs
  const timers = new Set<{ atMs: number; fire: () => void }>()
  return {
    now: () => nowMs,
    after(ms) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = { atMs: nowMs + ms, fire: resolve }
      timers.add(timer)
      return { done: promise, cancel: () => void timers.delete(timer) }
    },
    advance(ms) {
      nowMs += ms
      for (const timer of timers) {
        if (timer.atMs > nowMs) continue
        timers.delete(timer)
        timer.fire()
      }
    },
  }
}

/** A key-value store in which every write is visible at once. */
export type TestKv = KvReader & KvWriter & { readonly entries: Map<string, string> }

/** Makes an empty store. */
export function createTestKv(): TestKv {
  const entries = new Map<string, string>()
  return {
    entries,
    get: async (key) => entries.get(key) ?? null,
    put: async (key, value) => void entries.set(key, value),
    delete: async (key) => void entries.delete(key),
  }
}

/** A SQLite database in memory. */
export function createTestSql(): Sql {
  const database = new DatabaseSync(':memory:')
  return {
    run: (statement, ...values) =>
      database.prepare(statement).all(...values) as Readonly<Record<string, SqlValue>>[],
    transaction(action) {
      database.exec('BEGIN')
      try {
        const result = action()
        database.exec('COMMIT')
        return result
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
  }
}

/** An edge with its own store, clock and log, all in memory. */
export type TestEdge = {
  readonly edge: Edge
  readonly kv: TestKv
  readonly clock: TestClock
  /** The lines that are no warnings logged so far. */
  readonly infos: TestEdge['warnings']
  /** The warnings logged so far. */
  readonly warnings: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[]
  /** Sends a request to `handle`, and waits for its background tasks as well. */
  readonly send: (request: DohRequest) => Promise<DohResponse>
  /** Starts a second edge with the same store, clock and log, and with empty memory. */
  readonly restarted: () => TestEdge
}

/** A cluster's configuration; by default the cluster is 'test' with the zone cluster.local. */
export function clusterConfig(given: {
  readonly id?: string
  readonly keys?: readonly string[]
  readonly followers?: readonly string[]
  readonly domain?: string
  readonly zones?: readonly string[]
  readonly reverse?: ClusterConfig['reverse']
  readonly reversePublic?: boolean
  readonly nameservers?: readonly string[]
}): ClusterConfig {
  return {
    id: given.id ?? 'test',
    keys: given.keys ?? [testKey.publicKey],
    followers: given.followers ?? [],
    domain: nameFromText(given.domain ?? 'cluster.local'),
    zones: (given.zones ?? ['cluster.local']).map(nameFromText),
    reverse: given.reverse ?? [],
    reversePublic: given.reversePublic ?? false,
    nameservers: given.nameservers ?? [],
  }
}

/** Starts an edge; by default it is public, and serves the followers in its configuration as a self-hosted edge does. */
export function startTestEdge(
  clusters: readonly ClusterConfig[] = [clusterConfig({})],
  config: Partial<EdgeConfig> = {},
  {
    random = () => 0.5,
    fetch: ask = fetch,
    isSelfHosted = true,
    sourceOf,
  }: Partial<Pick<EdgePorts, 'random' | 'fetch'>> & {
    readonly isSelfHosted?: boolean
    /** The source of roots and blobs, by default the key-value store. */
    readonly sourceOf?: (ports: Pick<EdgePorts, 'kv' | 'clock' | 'log'>) => Source
  } = {},
): TestEdge {
  const kv = createTestKv()
  const clock = createTestClock()
  const sql = createTestSql()
  const warnings: TestEdge['warnings'] = []
  const infos: TestEdge['warnings'] = []
  const log = {
    info: (message: string, fields = {}) => void infos.push({ message, fields }),
    warn: (message: string, fields = {}) => void warnings.push({ message, fields }),
  }
  const registers = new Map<string, Register>()
  const registerOf = (cluster: string): Register => {
    const register = registers.get(cluster) ?? createSqlRegister(sql, kv, log)
    registers.set(cluster, register)
    return register
  }
  const world = {
    kv,
    fetch: ask,
    clock,
    log,
    random,
    registerOf,
    store: { kind: 'sqlite', minPublishIntervalMs: 250, writesPerDay: null } as const,
  }
  const whole: EdgeConfig = {
    public: true,
    deny: new Set(),
    ingest: true,
    memoryBytes: 1_000_000,
    answerBytes: 1_000_000,
    ...callerDefaults,
    clusters,
    ...config,
  }
  const follow = { kv, log, now: clock.now, useNonce: createFollowerNonces(sql) }
  const start = (): TestEdge => {
    const followRoute = isSelfHosted ? createFollowRoute(whole, follow) : undefined
    const edge = createEdge(whole, { ...world, followRoute, source: sourceOf?.(world) })
    const send = async (request: DohRequest): Promise<DohResponse> => {
      const running: Promise<unknown>[] = []
      const response = await handle(request, edge, {
        waitUntil: (promise) => void running.push(promise.catch(() => {})),
      })
      while (running.length > 0) await Promise.all(running.splice(0))
      return response
    }
    return { edge, kv, clock, infos, warnings, send, restarted: start }
  }
  return start()
}

/** A request without a body. `path` may include a query after '?'. */
export function get(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): DohRequest {
  const [bare = '', ...query] = path.split('?')
  return {
    method,
    path: bare,
    query: query.join('?'),
    header: (name) => headers[name],
    body: async () => new Uint8Array(),
  }
}

/** A POST request. Its content-length is the body's unless `headers` has one; '' leaves a header out. */
export function post(
  path: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): DohRequest {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const all: Readonly<Record<string, string>> = { 'content-length': String(bytes.length), ...headers }
  return {
    ...get(path, {}, 'POST'),
    header: (name) => all[name] || undefined,
    body: async (maxBytes) => (bytes.length > maxBytes ? 'too-large' : bytes),
  }
}

const noShards = { bits: 0, shards: [null] }

/** The content of an empty snapshot. */
export const emptyContent: Content = {
  domain: 'cluster.local',
  static: false,
  staleAfterMs: 15 * 60_000,
  expiresAfterMs: 24 * 60 * 60_000,
  ttl: 5,
  pods: 'disabled',
  namespaces: [],
  policy: null,
  services: noShards,
  reverse: {},
  endpoints: noShards,
  endpointReverse: {},
  podAddresses: {},
}

/** A root made at `startMs`; by default it is that of an empty snapshot. */
export function rootOf(given: Partial<Root> = {}): Root {
  return {
    ...emptyContent,
    schema: schemaVersion,
    cluster: 'test',
    generation: startMs,
    term: 1,
    asOfMs: startMs,
    serial: Math.floor(startMs / 1000),
    ...given,
  }
}

/** Writes a snapshot directly to the store, without ingest and its checks. */
export async function storeSnapshot(
  kv: KvWriter,
  root: Root,
  blobs: Iterable<string> = [],
  key: SigningKey = testKey,
  schema: 1 | 2 = 1,
): Promise<void> {
  for (const text of blobs) await kv.put(blobKey(root.cluster, await hashBlob(text)), text)
  await kv.put(rootKey(root.cluster), await rootValueOf(root, key, schema))
}

/** A root → the text under its key, in this schema. */
export async function rootValueOf(root: Root, key: SigningKey = testKey, schema: 1 | 2 = 2): Promise<string> {
  if (schema === 1) return signRoot(root, key)
  const packed = await packRoot(root, 0)
  return joinRootValue(await signRoot(packed.root, key), packed.buckets)
}
