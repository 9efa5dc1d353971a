import { join } from 'node:path'
import type { StoreFacts } from '../worker/edge.ts'
import { createFollowerNonces, createSqlRegister, type UseNonce } from '../worker/embedded.ts'
import type { KvReader, Log } from '../worker/ports.ts'
import type { Register } from '../worker/register/register.ts'
import type { Source } from '../worker/source/source.ts'
import { openDatabase } from './store/database.ts'
import { openKv } from './store/kv.ts'

/** Where an edge keeps its snapshots. */
export type EdgeStore = {
  readonly kind: StoreFacts['kind']
  readonly kv: KvReader
  /** Where roots and blobs are read; undefined: from `kv` alone. */
  readonly source?: Source
  readonly register: Register
  readonly useFollowerNonce: UseNonce
  /** Calls `action` after the store got a root from elsewhere. Roots that go through this register are known anyway. */
  onRoot(action: (cluster: string) => void): void
  /** Ends it, without waiting for what is under way. */
  close(): void
}

/**
 * How long blobs without a root are kept in memory (ms). All readers are in the same process and use a replaced root
 * for 2 minutes at most; the 24 hours of a file could need gigabytes of memory.
 */
const keepInMemoryMs = 5 * 60_000

/**
 * Opens the SQLite database in `dataDir`, creating both if they do not exist; without `dataDir` everything is in memory. Throws
 * HostError DATABASE_*.
 */
export function openOwnStore(dataDir: string | undefined, log: Log): EdgeStore {
  const isInMemory = dataDir === undefined
  const sql = openDatabase(isInMemory ? ':memory:' : join(dataDir, 'edge.sqlite'))
  const kv = openKv(sql)
  return {
    kind: 'sqlite',
    kv,
    register: createSqlRegister(sql, kv, log, isInMemory ? { keepMs: keepInMemoryMs } : {}),
    useFollowerNonce: createFollowerNonces(sql),
    // Nobody else writes the database.
    onRoot: () => undefined,
    close: sql.close,
  }
}
