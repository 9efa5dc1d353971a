import { blobsOf } from '../../snapshot/root.ts'
import type { BlobHash, Content, ReverseFamily, ShardFamily } from '../../snapshot/schema.ts'
import { sameContent } from '../build/content.ts'

/*
 * Two lanes lead to the edge. What most queries ask for takes the main lane: Services with the endpoints of
 * headless ones, their PTRs, namespaces, the policy. The late lane takes what is most of the churn and least
 * used: names and PTRs of the endpoints of Services with addresses of their own, and addresses of pods. Where
 * the edge's budget is short a root keeps late shards of the published one, whose blobs are there.
 */

/** Keys that may be written now. */
export type Allowance = {
  /** By all lanes together, the root included. */
  readonly all: number
  /** By the main lane, the root included: the rest is the late lane's. */
  readonly main: number
  /**
   * By the late lane: `share` whatever the main lane writes, or what the main lane leaves of `burst`. Undefined
   * when the late lane is not due.
   */
  readonly late: { readonly share: number; readonly burst: number } | undefined
  /** The late shard that was written last: the one behind it is next. */
  readonly after: string
}

/** Where nothing limits writes: nothing lags. */
export const unlimited: Allowance = {
  all: Number.POSITIVE_INFINITY,
  main: Number.POSITIVE_INFINITY,
  late: { share: Number.POSITIVE_INFINITY, burst: Number.POSITIVE_INFINITY },
  after: '',
}

/** What became of the late lane. */
export type Late = {
  /** Shards that keep their published state for now; a family whose number of shards changes counts as one. */
  readonly waiting: number
  /** Keys that the first of them needs; 0 when none waits. */
  readonly keys: number
  /** Late keys to write now. */
  readonly writes: number
  /** The shard that was taken last, for the next Allowance. */
  readonly after: string
}

/** A late lane in which nothing happened. */
export const noLate: Late = { waiting: 0, keys: 0, writes: 0, after: '' }

type LateFamilies = Pick<Content, 'endpoints' | 'endpointReverse' | 'podAddresses' | 'pods'>

/** What is taken or left as one: a shard, or a family whose number of shards changes. */
type Unit = { readonly id: string; readonly hashes: readonly BlobHash[] }

/** What of a content may be published now. */
export type Mixed = {
  readonly content: Content
  readonly late: Late
  /** What the main lane costs, with the root; 0 when it has nothing new. */
  readonly mainKeys: number
}

/**
 * Content → what of it may be published now. `published` is what the edge's root says, undefined without one;
 * `there` are the blobs that need no key. Where the main lane costs more than it may, the late lane has nothing.
 * Late shards take turns, so that each gets its own; the first that does not fit ends it. What costs no key is
 * always taken, and so is a family that was switched on or off: both count for the main lane.
 */
export function mixLanes(
  published: Content | undefined,
  content: Content,
  there: ReadonlySet<BlobHash>,
  allowance: Allowance,
): Mixed {
  const before = published ?? emptied(content)
  const units = unitsOf(before, content)
  const taken = new Set(
    units.filter(({ hashes }) => hashes.every((hash) => there.has(hash))).map(({ id }) => id),
  )
  const main = mix(before, content, taken)
  const known = new Set([...there, ...blobsOf(main)])
  const mainKeys = published && sameContent(published, main) ? 0 : 1 + known.size - there.size
  let room = lateRoom(allowance, mainKeys)
  const queue = inTurn(
    units.filter(({ id }) => !taken.has(id)),
    allowance.after,
  )
  let { after } = allowance
  let writes = 0
  let at = 0
  for (; at < queue.length; at++) {
    const { id, hashes } = queue[at] as Unit
    const fresh = hashes.filter((hash) => !known.has(hash))
    if (fresh.length > room) break
    for (const hash of fresh) known.add(hash)
    taken.add(id)
    room -= fresh.length
    writes += fresh.length
    after = id
  }
  const keys = queue[at]?.hashes.filter((hash) => !known.has(hash)).length ?? 0
  const late = { waiting: queue.length - at, keys, writes, after }
  return { content: late.waiting === 0 ? content : mix(before, content, taken), late, mainKeys }
}

function lateRoom({ all, main, late }: Allowance, mainKeys: number): number {
  if (!late || mainKeys > main) return 0
  const withRoot = Math.max(1, mainKeys)
  return Math.min(all - withRoot, Math.max(late.share, late.burst - withRoot))
}

/** Behind `after` first, then from the beginning. */
function inTurn(units: readonly Unit[], after: string): Unit[] {
  const ordered = units.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return [...ordered.filter(({ id }) => id > after), ...ordered.filter(({ id }) => id <= after)]
}

/** The late families before anything was published. */
function emptied({ endpoints, pods }: Content): LateFamilies {
  const none = endpoints && { bits: endpoints.bits, shards: endpoints.shards.map(() => null) }
  return { endpoints: none, endpointReverse: {}, podAddresses: {}, pods }
}

function unitsOf(before: LateFamilies, content: Content): Unit[] {
  const units: Unit[] = []
  if (!isSwitched(before.endpoints, content.endpoints)) {
    units.push(...endpointUnits(before.endpoints, content.endpoints))
    units.push(...reverseUnits('endpointReverse', before.endpointReverse, content.endpointReverse))
  }
  if (before.pods === content.pods)
    units.push(...reverseUnits('podAddresses', before.podAddresses, content.podAddresses))
  return units
}

function isSwitched(before: ShardFamily | null, next: ShardFamily | null): boolean {
  return (before === null) !== (next === null)
}

function endpointUnits(before: ShardFamily | null, next: ShardFamily | null): Unit[] {
  if (!before || !next) return []
  if (before.bits !== next.bits)
    return [{ id: 'endpoints', hashes: next.shards.filter((hash) => hash !== null) }]
  return next.shards.flatMap((hash, shard) =>
    hash === before.shards[shard] ? [] : [{ id: `endpoints/${shard}`, hashes: hash === null ? [] : [hash] }],
  )
}

function reverseUnits(family: string, before: ReverseFamily, next: ReverseFamily): Unit[] {
  const prefixes = new Set([...Object.keys(before), ...Object.keys(next)])
  return [...prefixes]
    .filter((prefix) => before[prefix] !== next[prefix])
    .map((prefix) => ({
      id: `${family}/${prefix}`,
      hashes: [next[prefix]].filter((hash) => hash !== undefined),
    }))
}

/** The content with the late units that are not taken as they were before. */
function mix(before: LateFamilies, content: Content, taken: ReadonlySet<string>): Content {
  const isEndpointsSwitched = isSwitched(before.endpoints, content.endpoints)
  return {
    ...content,
    endpoints: isEndpointsSwitched
      ? content.endpoints
      : mixEndpoints(before.endpoints, content.endpoints, taken),
    endpointReverse: isEndpointsSwitched
      ? content.endpointReverse
      : mixReverse('endpointReverse', before.endpointReverse, content.endpointReverse, taken),
    podAddresses:
      before.pods === content.pods
        ? mixReverse('podAddresses', before.podAddresses, content.podAddresses, taken)
        : content.podAddresses,
  }
}

function mixEndpoints(
  before: ShardFamily | null,
  next: ShardFamily | null,
  taken: ReadonlySet<string>,
): ShardFamily | null {
  if (!before || !next) return next
  if (before.bits !== next.bits) return taken.has('endpoints') ? next : before
  const shards = next.shards.map((hash, shard) =>
    taken.has(`endpoints/${shard}`) ? hash : (before.shards[shard] ?? null),
  )
  return { bits: next.bits, shards }
}

function mixReverse(
  family: string,
  before: ReverseFamily,
  next: ReverseFamily,
  taken: ReadonlySet<string>,
): ReverseFamily {
  const prefixes = [...new Set([...Object.keys(before), ...Object.keys(next)])].toSorted()
  return Object.fromEntries(
    prefixes.flatMap((prefix) => {
      const hash = (taken.has(`${family}/${prefix}`) ? next : before)[prefix]
      return hash === undefined ? [] : [[prefix, hash]]
    }),
  )
}
