import { parseAddress } from '../../dns/address.ts'
import { isWholeAddress } from '../../dns/reverse.ts'
import type { BlobHash, Root, ShardFamily } from '../../snapshot/schema.ts'
import { serviceKey } from '../../snapshot/schema.ts'
import { reversePrefix, shardOf } from '../../snapshot/shard.ts'
import type { Wanted } from './grammar.ts'
import type { ClusterPlace, ReversePlace } from './zone.ts'

/**
 * One blob that a look-up needs. `slot` is its family and shard: the reader counts the use of shards by slot, and finds
 * the same shard in a newer root. `hash` is null for an empty shard.
 */
export type Need = { readonly slot: Slot; readonly hash: BlobHash | null }

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

/** The hash at a slot in a root; null where the shard is empty. */
export function hashAt(root: Root, slot: Slot): BlobHash | null {
  if (slot.family === 'policy') return root.policy?.head ?? null
  if (slot.family === 'tokens') return root.policy?.tokens.shards[slot.shard] ?? null
  if ('prefix' in slot) return reverseHash(root[slot.family], slot.prefix)
  return 'bits' in slot ? (root[slot.family]?.shards[slot.shard] ?? null) : namespacesHash(root)
}

/**
 * Whether a root has the same blobs as these needs, at the same slots. False if the number of shards of a family has changed:
 * its slots are then others.
 */
export function areIn(root: Root, needs: readonly Need[]): boolean {
  for (const { slot, hash } of needs) {
    if (hashAt(root, slot) !== hash) return false
    if ('bits' in slot && slot.bits !== bitsOf(root, slot.family)) return false
  }
  return true
}

function bitsOf(root: Root, family: 'services' | 'endpoints' | 'tokens'): number | undefined {
  return family === 'tokens' ? root.policy?.tokens.bits : root[family]?.bits
}

function namespacesHash({ namespaces }: Root): BlobHash | null {
  return 'blob' in namespaces ? namespaces.blob : null
}

/** The slots of a newer root with the data of a slot: several, or a larger one, if the number of shards changed. */
export function slotsIn(root: Root, slot: Slot): Slot[] {
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
function tokenSlotsIn(root: Root, slot: Extract<Slot, { family: 'tokens' }>): Slot[] {
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
export function policyNeed(root: Root): Need {
  return need(root, { family: 'policy' })
}

/** A shard of the policy's tokens. */
export function tokensNeed(root: Root, shard: number): Need {
  return need(root, { family: 'tokens', bits: root.policy?.tokens.bits ?? 0, shard })
}

/** The list of namespaces. Its hash is null where the root has the list itself. */
export function namespacesNeed(root: Root): Need {
  return need(root, { family: 'namespaces' })
}

/** All shards of Services that are not empty. */
export function serviceShardNeeds(root: Root): Need[] {
  const { bits, shards } = root.services
  return shards.flatMap((hash, shard) =>
    hash === null ? [] : [{ slot: { family: 'services' as const, bits, shard }, hash }],
  )
}

/** A place → the blobs that its look-up reads. The root determines all of them, so they can be fetched in parallel. */
export function needsOf(place: ClusterPlace, root: Root): Need[] {
  if (place.kind === 'reverse') return reverseNeeds(place, root)
  const { wanted } = place
  if (!('namespace' in wanted)) return []
  const needs: Need[] = []
  if ('blob' in root.namespaces) needs.push(namespacesNeed(root))
  if (wanted.kind === 'namespace') return needs
  if (wanted.kind === 'pods' || wanted.kind === 'pod') return podNeeds(wanted, root, needs)
  const key = serviceKey(wanted.namespace, wanted.service)
  needs.push(need(root, serviceSlot('services', root.services, key)))
  if (wanted.kind === 'below' && root.endpoints) {
    needs.push(need(root, serviceSlot('endpoints', root.endpoints, key)))
  }
  return needs
}

function podNeeds(wanted: Extract<Wanted, { kind: 'pods' | 'pod' }>, root: Root, needs: Need[]): Need[] {
  if (root.pods === 'disabled') return []
  const bytes = wanted.kind === 'pod' && root.pods === 'verified' ? parseAddress(wanted.address) : undefined
  return bytes ? [...needs, need(root, { family: 'podAddresses', prefix: reversePrefix(bytes) })] : needs
}

function reverseNeeds(place: ReversePlace, root: Root): Need[] {
  const { prefix } = place
  if (!prefix || !isWholeAddress(prefix)) return []
  const text = reversePrefix(prefix.bytes)
  return [
    need(root, { family: 'reverse', prefix: text }),
    need(root, { family: 'endpointReverse', prefix: text }),
  ]
}

function serviceSlot(family: 'services' | 'endpoints', { bits }: ShardFamily, key: string): Slot {
  return { family, bits, shard: shardOf(key, bits) }
}

function need(root: Root, slot: Slot): Need {
  return { slot, hash: hashAt(root, slot) }
}

function reverseHash(family: Readonly<Record<string, BlobHash>>, prefix: string): BlobHash | null {
  return Object.hasOwn(family, prefix) ? (family[prefix] ?? null) : null
}
