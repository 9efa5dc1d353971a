import { blobsOf } from '../../snapshot/root.ts'
import type { BlobHash, Content, ReverseFamily, ShardFamily } from '../../snapshot/schema.ts'
import { sameContent } from '../build/content.ts'
import type { Deferred } from './deferred-shards.ts'
import type { KeyQuota } from './write-budget.ts'

/*
 * Priority shards have the names that most queries ask for: Services with the endpoints of headless ones, and their PTRs.
 * Namespaces and the policy count as priority shards. Deferred shards have most of the churn and are queried least:
 * names and PTRs of the endpoints of Services that are not headless, and the addresses of pods. Where the write budget
 * is short, a root keeps the deferred shards of the published one, whose blobs are stored.
 */

type DeferredFamilies = Pick<Content, 'endpoints' | 'endpointReverse' | 'podAddresses' | 'pods'>

/** Shards that are published together or not at all: one shard, or a family whose number of shards changes. */
type Unit = { readonly id: string; readonly hashes: readonly BlobHash[] }

/** The part of a content that the budget pays for now. */
export type Prioritized = {
  readonly content: Content
  readonly deferred: Deferred
  /** The keys that changed priority shards take, with the root; 0 when none has changed. */
  readonly priorityKeys: number
  /** More than 0 when the quota has fewer keys than priority shards need, and all of them must wait. */
  readonly neededKeys: number
}

/**
 * Content → the part of it that may be published now. `published` is the content of the published root, undefined
 * before the first; `stored` are the blobs that need no key. Priority shards are published together; when they need
 * more keys than the quota has, no deferred shard is written either. Deferred shards take turns, so that each is
 * written in time; the first that does not fit ends the turn. A deferred shard that needs no key is always taken, and
 * so is a family that was switched on or off: its keys count for the priority shards. A first root waits for nothing.
 */
export function prioritize(
  published: Content | undefined,
  content: Content,
  stored: ReadonlySet<BlobHash>,
  quota: KeyQuota,
): Prioritized {
  const before = published ?? emptied(content)
  const units = unitsOf(before, content)
  const taken = new Set(
    units.filter(({ hashes }) => hashes.every((hash) => stored.has(hash))).map(({ id }) => id),
  )
  const priority = mix(before, content, taken)
  const known = new Set([...stored, ...blobsOf(priority)])
  const priorityKeys = published && sameContent(published, priority) ? 0 : 1 + known.size - stored.size
  const queue = inTurn(
    units.filter(({ id }) => !taken.has(id)),
    quota.after,
  )
  const deferred = takeTurns(queue, deferredRoom(quota, priorityKeys), { taken, known, after: quota.after })
  return {
    content: deferred.waiting === 0 ? content : mix(before, content, taken),
    deferred,
    priorityKeys,
    neededKeys: published && priorityKeys > quota.priority ? priorityKeys : 0,
  }
}

/** Takes units from the front of the queue until one does not fit into `room` keys; adds them to `taken`. */
function takeTurns(
  queue: readonly Unit[],
  room: number,
  { taken, known, after: last }: { taken: Set<string>; known: Set<BlobHash>; after: string },
): Deferred {
  let after = last
  let writes = 0
  let at = 0
  for (; at < queue.length; at++) {
    const { id, hashes } = queue[at] as Unit
    const fresh = hashes.filter((hash) => !known.has(hash))
    if (writes + fresh.length > room) break
    for (const hash of fresh) known.add(hash)
    taken.add(id)
    writes += fresh.length
    after = id
  }
  const keys = queue[at]?.hashes.filter((hash) => !known.has(hash)).length ?? 0
  return { waiting: queue.length - at, keys, writes, after }
}

/** The keys for deferred shards: their share, or the rest of the burst after the priority shards. */
function deferredRoom({ total, priority, deferred }: KeyQuota, priorityKeys: number): number {
  if (!deferred || priorityKeys > priority) return 0
  const withRoot = Math.max(1, priorityKeys)
  return Math.min(total - withRoot, Math.max(deferred.share, deferred.burst - withRoot))
}

/** Units in the order of their turns: those after `after` first, then from the beginning. */
function inTurn(units: readonly Unit[], after: string): Unit[] {
  const ordered = units.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return [...ordered.filter(({ id }) => id > after), ...ordered.filter(({ id }) => id <= after)]
}

/** The deferred families before the first root. */
function emptied({ endpoints, pods }: Content): DeferredFamilies {
  const none = endpoints && { bits: endpoints.bits, shards: endpoints.shards.map(() => null) }
  return { endpoints: none, endpointReverse: {}, podAddresses: {}, pods }
}

function unitsOf(before: DeferredFamilies, content: Content): Unit[] {
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

/** The content, in which units that are not taken keep their published state. */
function mix(before: DeferredFamilies, content: Content, taken: ReadonlySet<string>): Content {
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
