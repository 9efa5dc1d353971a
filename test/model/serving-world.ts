import { openDatabase } from '../../host/store/database.ts'
import type { Log } from '../../worker/ports.ts'
import { maxWholeValue, type RegisterReads } from '../../worker/register/reads.ts'
import { createServingRegister, type ServingRegister } from '../../worker/register/serving-register.ts'
import type { LocationCache } from '../../worker/source/location-cache.ts'
import type { Random } from '../seeded-random.ts'
import type { KvModel } from './kv-model.ts'
import type { RegisterHost } from './register-host.ts'
import { currentLife } from './request-lifetime.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The behaviour of the register's reads for some time. */
export type ReadFaults = {
  /** The time of an answer (ms): uniformly between the two. */
  readonly tookMs: readonly [number, number]
  /** A read rejects. */
  readonly fail: number
  /** A read never settles. */
  readonly hang: number
}

/** A Durable Object answers within 0.1 s: an assumption, since Cloudflare promises no latency. */
export const near: ReadFaults = { tookMs: [10, 90], fail: 0, hang: 0 }
/** A register on another continent. */
export const far: ReadFaults = { tookMs: [10, 200], fail: 0, hang: 0 }
export const slow: ReadFaults = { tookMs: [300, 900], fail: 0, hang: 0 }
/** Two of three answers come after the limit of a second. */
export const overloaded: ReadFaults = { tookMs: [300, 2_500], fail: 0, hang: 0.05 }
export const flaky: ReadFaults = { tookMs: [10, 400], fail: 0.1, hang: 0.05 }
export const away: ReadFaults = { tookMs: [10, 200], fail: 0.6, hang: 0.4 }

/** A register that serves, its reads over a network, and the caches of locations. */
export type ServingWorld = {
  readonly host: RegisterHost
  faults: ReadFaults
  /** Whether the caches of locations share: they do nothing without a custom domain. */
  isShared: boolean
  reads(): RegisterReads
  cacheAt(location: number): LocationCache
  readonly counts: { reads: number; checkpoints: number }
}

/** The alarm of the Durable Object is looked at this often (ms). */
const alarmMs = 1_000

/** A world with an empty database. Its store writes are those of the KV model. */
export function createServingWorld(kv: KvModel, time: VirtualTime, random: Random, log: Log): ServingWorld {
  const sql = openDatabase(':memory:')
  let life = { ended: false }
  // In every other world the buckets are read apart, as those of a wide cluster.
  const wholeValueLength = random.chance(0.5) ? 0 : maxWholeValue
  const limits = { writesPerDay: null, readsPerDay: null, wholeValueLength }
  const start = (): ServingRegister => {
    const mine = life
    const serving = createServingRegister(sql, kv.writer(mine), log, limits, time.now)
    const alarm = async (): Promise<void> => {
      if (mine.ended) return
      for (const cluster of serving.clusters()) {
        const nextMs = await serving.checkpoint(cluster, time.now())
        if (nextMs === undefined) world.counts.checkpoints++
      }
      time.at(alarmMs, () => void alarm())
    }
    time.at(alarmMs, () => void alarm())
    return serving
  }

  /** The answer of the register to a request, which settles only during the life of that request. */
  function remote<T>(action: () => Promise<T>): Promise<T> {
    world.counts.reads++
    const asking = currentLife()
    const { tookMs, fail, hang } = world.faults
    const drawn = random.next()
    const ms = random.between(tookMs[0], tookMs[1])
    const answer = action()
    return new Promise((resolve, reject) => {
      if (drawn < hang) return
      time.at(ms, () => {
        if (asking?.ended) return
        if (drawn < hang + fail) reject(new Error('the object is overloaded'))
        else answer.then(resolve, reject)
      })
    })
  }

  const caches = new Map<number, Map<string, { readonly text: string; readonly untilMs: number }>>()
  const world: ServingWorld = {
    faults: near,
    isShared: true,
    counts: { reads: 0, checkpoints: 0 },
    reads: () => ({
      head: (cluster, known) => remote(() => register.head(cluster, known)),
      blobs: (cluster, hashes) => remote(() => register.blobs(cluster, hashes)),
      buckets: (cluster, wanted) => remote(() => register.buckets(cluster, wanted)),
    }),
    cacheAt(location) {
      const entries = caches.get(location) ?? new Map()
      caches.set(location, entries)
      return {
        async get(name) {
          const entry = entries.get(name)
          // An entry may be lost at any time.
          return entry && time.now() < entry.untilMs && !random.chance(0.02) ? entry.text : undefined
        },
        async put(name, text, seconds) {
          if (world.isShared) entries.set(name, { text, untilMs: time.now() + 1_000 * seconds })
        },
      }
    },
    host: {
      register: () => register,
      crash() {
        life.ended = true
        life = { ended: false }
        register = start()
      },
      root: (cluster) => {
        const jws = sql.run('SELECT jws FROM root_v1 WHERE cluster = ?', `${cluster}/own`)[0]?.jws
        return jws === undefined ? undefined : String(jws)
      },
      blobs: (cluster) =>
        sql.run('SELECT hash FROM blob_v1 WHERE cluster = ?', cluster).map(({ hash }) => String(hash)),
      close: () => {
        life.ended = true
        sql.close()
      },
    },
  }
  let register = start()
  return world
}
