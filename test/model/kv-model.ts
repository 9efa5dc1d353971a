import type { KvReader, KvWriter } from '../../worker/ports.ts'
import type { Random } from '../seeded-random.ts'
import { currentLife } from './request-lifetime.ts'
import { calm, lagMs, maxLagMs, readFate, type StoreFaults, writeFate } from './store-faults.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * A model of Cloudflare KV. One central store accepts writes. Each location has several machines, each with its own
 * cache: a copy (also of "absent") is used for the requested cacheTtl, unless it is evicted. After that the machine
 * reads its replica of the central store, which shows each write of each key after a random lag. So reads through one
 * location sometimes go back to older values.
 */
export type KvModel = {
  faults: StoreFaults
  /** A reader at one location. */
  readerAt(location: number): KvReader
  /** A writer; `life` ends with the writing process: writes in progress then take effect or not. */
  writer(life: { ended: boolean }): KvWriter
  /** The value of a key in the central store. */
  central(key: string): string | null
  keys(): string[]
  /** Called for every write that took effect, before a reader can see it. */
  onWrite: (key: string, value: string | null) => void
  /** Counters of reads and refused writes. */
  readonly counts: { reads: number; absent: number; backwards: number; tooMany: number }
}

/** The smallest accepted cacheTtl, in seconds. */
const minCacheTtl = 30

/** One write per key and second is accepted; more get 429. */
const writeIntervalMs = 1_000

const machinesPerLocation = 2
const evictions = 0.03
const strayReplica = 0.03

type Write = { readonly value: string | null; readonly atMs: number; readonly seenAtMs: readonly number[] }
type Copy = { readonly write: Write | undefined; readonly atMs: number; readonly ttlMs: number }

/** An empty store that is read at `locations` locations. */
export function createKvModel(time: VirtualTime, random: Random, locations: number): KvModel {
  const machines = locations * machinesPerLocation
  const history = new Map<string, Write[]>()
  const caches = Array.from({ length: machines }, () => new Map<string, Copy>())
  const triedAtMs = new Map<string, number>()
  const counts = { reads: 0, absent: 0, backwards: 0, tooMany: 0 }
  const newestRead = new Map<string, number>()

  function land(key: string, value: string | null): void {
    const now = time.now()
    const seenAtMs = Array.from({ length: machines }, () => now + lagMs(random))
    // Drops writes that no replica shows any more.
    const before = history.get(key) ?? []
    const settled = before.findLastIndex(({ atMs }) => now - atMs > maxLagMs)
    history.set(key, [...before.slice(Math.max(0, settled)), { value, atMs: now, seenAtMs }])
    model.onWrite(key, value)
  }

  /** The newest write that the replica of a machine shows. */
  function look(machine: number, key: string): Write | undefined {
    return history.get(key)?.findLast(({ seenAtMs }) => (seenAtMs[machine] ?? 0) <= time.now())
  }

  function read(location: number, key: string, cacheTtl: number): string | null {
    const machine = location * machinesPerLocation + random.between(0, machinesPerLocation - 1)
    const cache = caches[machine] as Map<string, Copy>
    const now = time.now()
    let copy = cache.get(key)
    const isGood =
      copy && now - copy.atMs < Math.min(copy.ttlMs, cacheTtl * 1_000) && !random.chance(evictions)
    if (!copy || !isGood) {
      const source = random.chance(strayReplica) ? random.between(0, machines - 1) : machine
      copy = { write: look(source, key), atMs: now, ttlMs: cacheTtl * 1_000 }
      cache.set(key, copy)
    }
    const value = copy.write?.value ?? null
    counts.reads++
    if (value === null) counts.absent++
    const newest = newestRead.get(`${location} ${key}`) ?? 0
    const writtenAtMs = copy.write?.atMs ?? 0
    if (writtenAtMs < newest) counts.backwards++
    else newestRead.set(`${location} ${key}`, writtenAtMs)
    return value
  }

  function get(location: number, key: string, cacheTtl: number): Promise<string | null> {
    if (cacheTtl < minCacheTtl) throw new Error(`400 Invalid cache_ttl of ${cacheTtl}`)
    const life = currentLife()
    const value = read(location, key, cacheTtl)
    const { ms, fails } = readFate(model.faults, random)
    return new Promise((resolve, reject) => {
      if (ms === undefined) return
      time.at(ms, () => {
        if (life?.ended) return
        if (fails) reject(new Error('KV GET failed: 500 Internal Server Error'))
        else resolve(value)
      })
    })
  }

  function write(key: string, value: string | null, life: { ended: boolean }): Promise<void> {
    const now = time.now()
    if (now - (triedAtMs.get(key) ?? 0) < writeIntervalMs) {
      counts.tooMany++
      return Promise.reject(new Error('KV PUT failed: 429 Too Many Requests'))
    }
    triedAtMs.set(key, now)
    const { ms, lands, fails } = writeFate(model.faults, random)
    return new Promise((resolve, reject) => {
      time.at(ms / 2, () => {
        if (lands && !(life.ended && random.chance(0.5))) land(key, value)
      })
      time.at(ms, () => {
        if (life.ended) return
        if (fails) reject(new Error('KV PUT failed: 503 Service Unavailable'))
        else resolve()
      })
    })
  }

  const central = (key: string): string | null => history.get(key)?.at(-1)?.value ?? null
  const model: KvModel = {
    faults: calm,
    readerAt: (location) => ({ get: (key, { cacheTtl }) => get(location, key, cacheTtl) }),
    writer: (life) => ({
      put: (key, value) => write(key, value, life),
      delete: (key) => write(key, null, life),
    }),
    central,
    keys: () => [...history.keys()].filter((key) => central(key) !== null),
    onWrite: () => undefined,
    counts,
  }
  return model
}
