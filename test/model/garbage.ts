import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { jwsOf } from '../../snapshot/root-value.ts'
import type { BlobHash } from '../../snapshot/schema.ts'
import { blobNamed, callAt, packedOf, rootOf } from '../../worker/register/register.case.ts'
import type {
  IncomingBlob,
  IncomingRoot,
  RegisterCall,
  RegisterOutcome,
} from '../../worker/register/register.ts'
import type { Random } from '../seeded-random.ts'
import type { Counts } from './counts.ts'

/*
 * Two clusters publish for days to a real register, whose store fails and loses answers, whose process is killed during
 * writes, and whose clock jumps. This file has the scenario and the rules that must hold after every step. A Site runs
 * the register.
 */

/** The result of one write to the store: `cut` ends the register's process, and the write may take effect later. */
export type Fate = 'done' | 'refused' | 'lost answer' | 'cut before' | 'cut after' | 'cut, lands later'

/** A runtime of a register and its store. */
export type Site = {
  /** Calls the register of a cluster; undefined if its process was killed during the call. */
  call(
    method: 'state' | 'putBlobs' | 'putRoot',
    to: RegisterCall,
    what?: unknown,
  ): Promise<RegisterOutcome | undefined>
  /** The content of the store. */
  readonly values: Pick<ReadonlyMap<string, string>, 'get' | 'has' | 'keys'>
  /** The blobs in the ledger of a cluster. */
  rows(cluster: string): Promise<BlobHash[]>
  /** Draws the result of the next write to the store. */
  fate: (operation: 'put' | 'delete', key: string) => Fate
  /** Called for every write that took effect. */
  onWrite: (key: string, value: string | undefined) => void
  /** Lets all delayed writes take effect now. */
  landLate(): void
  /** Whether its process can be killed. */
  readonly dies: boolean
  close(): Promise<void>
}

/** A broken rule of the register. */
export class GarbageError extends Error {
  readonly promise: 'too early' | 'garbage' | 'unlisted' | 'stuck'
  constructor(promise: GarbageError['promise'], message: string) {
    super(`${promise}: ${message}`)
    this.promise = promise
  }
}

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const clusters = ['one', 'two']
const blobsPerCall = 24

/** The longest delay of a write whose process was killed. */
const flightMs = 50 * secondMs

type Moment = { readonly edgeMs: number; readonly realMs: number }

/** The simulation's knowledge of one cluster. */
type Cluster = {
  readonly id: string
  /** The blobs of the root in force, as reported by the register and as known by the agent. */
  named: readonly IncomingBlob[]
  believed: readonly IncomingBlob[]
  generation: number
  /** The buckets of the last root that was accepted, which the agent does not send again; none after a failure. */
  buckets: ReadonlySet<BlobHash>
  /** The time since which no root needs a blob; undefined while one does. Blobs are protected for a day from then. */
  readonly needed: Map<BlobHash, Moment | undefined>
  /** The blobs of the root in the store. */
  stored: readonly BlobHash[]
  /** The blobs of every root that was sent, by the text of the root. */
  readonly sent: Map<string, readonly IncomingBlob[]>
  count: number
}

/** Runs the scenario of one seed. Throws GarbageError if a rule is broken. */
export async function tellGarbage(site: Site, random: Random, counts: Counts, steps: number): Promise<void> {
  let realMs = Date.UTC(2026, 0, 5)
  let offsetMs = 0
  let latestMs = 0
  const failing = { root: 0, blob: 0 }
  let sinceLandedMs = 0
  const now = (): Moment => ({ edgeMs: realMs + offsetMs, realMs })
  const all = clusters.map(
    (id): Cluster => ({
      ...{
        id,
        named: [],
        believed: [],
        generation: 0,
        buckets: new Set(),
        needed: new Map(),
        stored: [],
        sent: new Map(),
        count: 0,
      },
    }),
  )
  site.fate = (operation, key) => {
    if (!random.chance(key.endsWith('/root') ? failing.root : failing.blob)) return 'done'
    const fates: Fate[] = ['refused', 'refused', 'lost answer', 'lost answer']
    if (site.dies) fates.push('cut before', 'cut after')
    if (site.dies && operation === 'delete') fates.push('cut, lands later', 'cut, lands later')
    const fate = random.pick(fates)
    counts.count(`${operation} ${fate}`)
    return fate
  }
  site.onWrite = (key, value) => {
    for (const cluster of all) witness(cluster, key, value, now(), counts)
  }

  async function pass(ms: number): Promise<void> {
    sinceLandedMs += ms
    if (sinceLandedMs > flightMs) {
      site.landLate()
      sinceLandedMs = 0
    }
    realMs += ms
  }

  async function ask(
    cluster: Cluster,
    method: 'state' | 'putBlobs' | 'putRoot',
    what?: unknown,
  ): Promise<RegisterOutcome | undefined> {
    latestMs = Math.max(latestMs, now().edgeMs)
    const answer = await site.call(method, callAt(now().edgeMs, cluster.id), what)
    counts.count(`${method} ${answer ? (answer.refused?.code ?? 'OK') : 'died'}`)
    if (answer?.root) inForce(cluster, answer.root, now())
    return answer
  }

  async function put(cluster: Cluster, blobs: readonly IncomingBlob[]): Promise<boolean> {
    for (let at = 0; at < blobs.length; at += blobsPerCall) {
      const some = blobs.slice(at, at + blobsPerCall)
      const answer = await ask(cluster, 'putBlobs', some)
      if (answer?.refused) return false
      // Accepted blobs may be used by a root for a day. A process that was killed may have noted them too, by its clock.
      for (const { hash } of some)
        if (cluster.needed.get(hash) || !cluster.needed.has(hash)) cluster.needed.set(hash, now())
      if (!answer) return false
    }
    return true
  }

  async function publish(cluster: Cluster, blobs: readonly IncomingBlob[], skip: boolean): Promise<boolean> {
    const there = new Set(skip ? cluster.believed : [])
    if (
      !(await put(
        cluster,
        blobs.filter((blob) => !there.has(blob)),
      ))
    )
      return false
    if (random.chance(0.1)) await pass(random.pick([secondMs, 40 * secondMs, 3 * minuteMs, 20 * hourMs]))
    if (random.chance(0.08)) return counts.count('abandoned') ?? false
    return send(cluster, blobs, random.between(1, 2))
  }

  async function send(cluster: Cluster, blobs: readonly IncomingBlob[], term: number): Promise<boolean> {
    const root = await drawSchema(
      cluster,
      rootOf(Math.max(cluster.generation + 1, now().edgeMs), blobs, term),
    )
    cluster.generation = root.generation
    cluster.sent.set(root.jws, blobs)
    const answer = await ask(cluster, 'putRoot', root)
    const isAccepted = answer?.root === root.jws && answer.refused === null
    cluster.buckets = new Set(isAccepted ? root.buckets?.hashes.shards.filter((hash) => hash !== null) : [])
    if (answer?.root !== root.jws) return false
    cluster.believed = blobs
    return isAccepted
  }

  /** Half of the roots have schema 2, with one to four buckets. */
  async function drawSchema(cluster: Cluster, root: IncomingRoot): Promise<IncomingRoot> {
    if (random.chance(0.5)) return root
    const packed = await packedOf(root, random.between(0, 2))
    const sent = packed.buckets?.sent.filter(({ hash }) => !cluster.buckets.has(hash)) ?? []
    counts.count(`schema 2, ${sent.length === packed.buckets?.sent.length ? 'all' : 'changed'} buckets`)
    return packed.buckets ? { ...packed, buckets: { ...packed.buckets, sent } } : packed
  }

  function draw(cluster: Cluster): IncomingBlob[] {
    const size = random.chance(0.07) ? random.between(60, 130) : random.between(0, 12)
    return Array.from({ length: size }, () => {
      const drawn = random.next()
      const kept = drawn < 0.6 && cluster.believed.length > 0 ? random.pick(cluster.believed) : undefined
      if (kept) return kept
      return blobNamed(`${drawn < 0.9 ? random.between(0, 40) : `new${cluster.count++}`}`)
    }).filter((blob, index, list) => list.findIndex(({ hash }) => hash === blob.hash) === index)
  }

  async function step(): Promise<void> {
    const cluster = random.pick(all)
    const drawn = random.next()
    if (drawn < 0.4) return void (await publish(cluster, draw(cluster), random.chance(0.9)))
    if (drawn < 0.55) return void (await publish(cluster, cluster.named, true))
    if (drawn < 0.62) return void (await put(cluster, draw(cluster)))
    if (drawn < 0.66) return void (await ask(cluster, 'state'))
    if (drawn < 0.71) {
      const jumps = [-30 * hourMs, -3 * hourMs, -10 * minuteMs, 5 * secondMs, 10 * minuteMs, 30 * hourMs]
      // The age of a deletion that began before the jump of the clock is unknown.
      site.landLate()
      offsetMs = random.chance(0.5) ? 0 : offsetMs + random.pick(jumps)
      return counts.count('clock steps')
    }
    if (drawn < 0.76) {
      failing.blob = random.pick([0, 0, 0.05, 0.3])
      failing.root = random.pick([0, 0.3, 0.9])
      return
    }
    await pass(
      random.pick([
        secondMs,
        40 * secondMs,
        61 * secondMs,
        10 * minuteMs,
        6 * hourMs,
        dayMs - minuteMs,
        dayMs,
      ]),
    )
  }

  /** Without faults, after a day without use and enough calls, no garbage is left. */
  async function clean(): Promise<void> {
    Object.assign(failing, { root: 0, blob: 0 })
    site.landLate()
    offsetMs = 0
    await pass(2 * minuteMs)
    for (const cluster of all) {
      for (let tries = 0; !(await publish(cluster, cluster.believed, tries === 0)); tries++) {
        if (tries > 60) throw new GarbageError('stuck', `${cluster.id} cannot publish in calm store`)
        await pass(2 * minuteMs)
      }
    }
    // Entries dated by a fast clock are a day old only when the time has reached that date plus a day.
    await pass(latestMs - now().edgeMs + dayMs + minuteMs)
    for (const cluster of all) {
      const garbage = (await site.rows(cluster.id)).length
      for (let calls = 0; calls <= garbage / 47; calls++) {
        if (!(await send(cluster, cluster.named, 1)))
          throw new GarbageError('stuck', `${cluster.id}: no heartbeat in calm store`)
      }
      await check(site, cluster)
      const kept = [...site.values.keys()].filter((key) => key.startsWith(`${cluster.id}/`))
      const used = cluster.named.map(({ hash }) => blobKey(cluster.id, hash))
      const surplus = kept.filter((key) => key !== rootKey(cluster.id) && !used.includes(key))
      if (surplus.length > 0) throw new GarbageError('garbage', `${surplus.length} of ${kept.length} keys`)
      const rows = await site.rows(cluster.id)
      if (rows.length !== used.length)
        throw new GarbageError('garbage', `the ledger lists ${rows.length} blobs, ${used.length} are used`)
    }
    counts.count('cleaned')
  }

  for (let count = 1; count <= steps; count++) {
    await step()
    for (const cluster of all) await check(site, cluster)
    if (count % 60 === 0) await clean()
  }
  await clean()
}

/** Checks a write that took effect: it must not delete a blob that is still needed. */
function witness(
  cluster: Cluster,
  key: string,
  value: string | undefined,
  now: Moment,
  counts: Counts,
): void {
  if (key === rootKey(cluster.id) && value !== undefined) {
    const jws = jwsOf(value)
    cluster.stored = (cluster.sent.get(jws) ?? []).map(({ hash }) => hash)
    inForce(cluster, jws, now)
    return
  }
  const hash = key.startsWith(blobKey(cluster.id, '')) ? key.slice(blobKey(cluster.id, '').length) : undefined
  if (hash === undefined || value !== undefined) return
  counts.count('blobs deleted')
  if (!cluster.needed.has(hash)) return
  const since = cluster.needed.get(hash)
  if (since === undefined) throw new GarbageError('too early', `blob ${hash} is named by a root`)
  const unusedMs = Math.max(now.edgeMs - since.edgeMs, now.realMs - since.realMs)
  if (unusedMs <= dayMs) throw new GarbageError('too early', `blob ${hash}, after ${unusedMs / hourMs} hours`)
  cluster.needed.delete(hash)
}

/** A root is in force: from now on only its blobs and those of the root in the store are needed. */
function inForce(cluster: Cluster, jws: string, now: Moment): void {
  cluster.named = cluster.sent.get(jws) ?? []
  for (const { hash } of cluster.named) cluster.needed.set(hash, undefined)
  const names = new Set([...cluster.stored, ...cluster.named.map(({ hash }) => hash)])
  for (const [hash, since] of cluster.needed)
    if (since === undefined && !names.has(hash)) cluster.needed.set(hash, now)
}

/** Rules for any time: needed blobs are in the store with the right bytes, and everything in the store is in the ledger. */
async function check(site: Site, cluster: Cluster): Promise<void> {
  for (const { hash, text } of cluster.named) {
    if (site.values.get(blobKey(cluster.id, hash)) !== text)
      throw new GarbageError('too early', `blob ${hash} of the root in force is not there`)
  }
  for (const hash of cluster.stored) {
    if (!site.values.has(blobKey(cluster.id, hash)))
      throw new GarbageError('too early', `blob ${hash} of the root in the store is not there`)
  }
  const rows = new Set(await site.rows(cluster.id))
  const prefix = blobKey(cluster.id, '')
  for (const key of site.values.keys()) {
    if (key.startsWith(prefix) && !rows.has(key.slice(prefix.length)))
      throw new GarbageError('unlisted', `${key} is in the store and not in the ledger`)
  }
}
