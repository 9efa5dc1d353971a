import { parseAddress } from '../../dns/address.ts'
import { isWholeAddress } from '../../dns/reverse.ts'
import type { ShardName } from '../../snapshot/bucket.ts'
import { type BlobHash, bucketSchema, type SignedRoot, serviceKey } from '../../snapshot/schema.ts'
import { reversePrefix, shardOf } from '../../snapshot/shard.ts'
import type { Wanted } from './grammar.ts'
import type { ClusterPlace, ReversePlace } from './zone.ts'

/**
 * One blob that a look-up needs. `slot` is its family and shard: the reader counts the use of shards by slot, and finds
 * the same shard in a newer root. `hash` is null for an empty shard, undefined if its bucket cannot be read now.
 */
export type Need = { readonly slot: Slot; readonly hash: BlobHash | null | undefined }

/** The position of a blob's hash in a root. */
export type Slot =
  | { readonly family: 'services' | 'endpoints'; readonly bits: number; readonly shard: number }
  | { readonly family: 'reverse' | 'endpointReverse' | 'podAddresses'; readonly prefix: string }
  | { readonly family: 'tokens'; readonly bits: number; readonly shard: number }
  | { readonly family: 'namespaces' | 'policy' }

/** A slot's ID. It is the same for the same position in all roots with the same number of shards. */
export function slotId(slot: Slot): string {
  if (!('prefix' in slot || 'bits' in slot)) return slot.family
  return 'prefix' in slot ? `${slot.family}/${slot.prefix}` : `${slot.family}/${slot.bits}/${slot.shard}`
}

/** The hash at a slot in a root; null where the shard is empty; undefined if it is in a bucket (placeInBuckets). */
export function hashInRoot(root: SignedRoot, slot: Slot): BlobHash | null | undefined {
  if (slot.family === 'policy') return root.policy?.head ?? null
  if (slot.family === 'tokens') return root.policy?.tokens.shards[slot.shard] ?? null
  if (!('prefix' in slot || 'bits' in slot)) return 'blob' in root.namespaces ? root.namespaces.blob : null
  if (root.schema === bucketSchema) return undefined
  if ('prefix' in slot) return reverseHash(root[slot.family], slot.prefix)
  return root[slot.family]?.shards[slot.shard] ?? null
}

/** The family and name under which a slot is in a bucket; undefined if every root has its hash. */
export function placeInBuckets(slot: Slot): ShardName | undefined {
  if ('prefix' in slot) return { family: slot.family, name: slot.prefix }
  return slot.family === 'services' || slot.family === 'endpoints'
    ? { family: slot.family, name: String(slot.shard) }
    : undefined
}

/** The slots of a newer root with the data of a slot: several, or a larger one, if the number of shards changed. */
export function slotsIn(root: SignedRoot, slot: Slot): Slot[] {
  if (!('bits' in slot)) return [slot]
  if (slot.family === 'tokens') return tokenSlotsIn(root, slot)
  const bits = root[slot.family]?.bits ?? 0
  if (bits <= slot.bits) return [{ ...slot, bits, shard: slot.shard & (2 ** bits - 1) }]
  const children = 2 ** (bits - slot.bits)
  return Array.from({ length: children }, (_, child) => ({
    ...slot,
    bits,
    shard: slot.shard + child * 2 ** slot.bits,
  }))
}

/** Tokens are divided by the first bits of their hashes, and so a shard's successors are neighbours. */
function tokenSlotsIn(root: SignedRoot, slot: Extract<Slot, { family: 'tokens' }>): Slot[] {
  const bits = root.policy?.tokens.bits ?? 0
  if (bits <= slot.bits) return [{ ...slot, bits, shard: slot.shard >> (slot.bits - bits) }]
  const children = 2 ** (bits - slot.bits)
  return Array.from({ length: children }, (_, child) => ({
    ...slot,
    bits,
    shard: slot.shard * children + child,
  }))
}

/** The head of the access policy. */
export function policyNeed(root: SignedRoot): Need {
  return need(root, { family: 'policy' })
}

/** A shard of the policy's tokens. */
export function tokensNeed(root: SignedRoot, shard: number): Need {
  return need(root, { family: 'tokens', bits: root.policy?.tokens.bits ?? 0, shard })
}

/** The list of namespaces. Its hash is null where the root has the list itself. */
export function namespacesNeed(root: SignedRoot): Need {
  return need(root, { family: 'namespaces' })
}

/** All shards of Services, empty ones too. */
export function serviceSlots({ services: { bits } }: SignedRoot): Slot[] {
  return Array.from({ length: 2 ** bits }, (_, shard) => ({ family: 'services', bits, shard }))
}

/** A place → the slots of the blobs that its look-up reads, which can be fetched in parallel. */
export function slotsOf(place: ClusterPlace, root: SignedRoot): Slot[] {
  if (place.kind === 'reverse') return reverseSlots(place)
  const { wanted } = place
  if (!('namespace' in wanted)) return []
  const slots: Slot[] = []
  if ('blob' in root.namespaces) slots.push({ family: 'namespaces' })
  if (wanted.kind === 'namespace') return slots
  if (wanted.kind === 'pods' || wanted.kind === 'pod') return podSlots(wanted, root, slots)
  const key = serviceKey(wanted.namespace, wanted.service)
  slots.push(serviceSlot('services', root.services, key))
  if (wanted.kind === 'below' && root.endpoints) slots.push(serviceSlot('endpoints', root.endpoints, key))
  return slots
}

function podSlots(
  wanted: Extract<Wanted, { kind: 'pods' | 'pod' }>,
  root: SignedRoot,
  slots: Slot[],
): Slot[] {
  if (root.pods === 'disabled') return []
  const bytes = wanted.kind === 'pod' && root.pods === 'verified' ? parseAddress(wanted.address) : undefined
  return bytes ? [...slots, { family: 'podAddresses', prefix: reversePrefix(bytes) }] : slots
}

function reverseSlots({ prefix }: ReversePlace): Slot[] {
  if (!prefix || !isWholeAddress(prefix)) return []
  const text = reversePrefix(prefix.bytes)
  return [
    { family: 'reverse', prefix: text },
    { family: 'endpointReverse', prefix: text },
  ]
}

function serviceSlot(
  family: 'services' | 'endpoints',
  { bits }: { readonly bits: number },
  key: string,
): Slot {
  return { family, bits, shard: shardOf(key, bits) }
}

function need(root: SignedRoot, slot: Slot): Need {
  return { slot, hash: hashInRoot(root, slot) }
}

function reverseHash(family: Readonly<Record<string, BlobHash>>, prefix: string): BlobHash | null {
  return Object.hasOwn(family, prefix) ? (family[prefix] ?? null) : null
}
