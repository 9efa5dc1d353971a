import { encodePods } from '../snapshot/encode.ts'
import type { ReverseFamily } from '../snapshot/schema.ts'
import { addressFamily, type ByAddress, prefixOf } from './address-family.ts'
import type { Blobs } from './blobs.ts'
import type { PodEntry } from './reduce-pod.ts'

/** Entries live as long as their pod stays as it is, so most of them were seen in the build before. */
const prefixes = new WeakMap<PodEntry, readonly string[]>()

/** Pods → the shards that say which namespaces have a pod of an address. Blobs are added to `blobs`. */
export function shardPods(pods: Iterable<PodEntry>, blobs: Blobs): Promise<ReverseFamily> {
  const shards: ByAddress<Set<string>> = new Map()
  for (const pod of pods) {
    const { namespace, addresses } = pod
    const known = prefixes.get(pod) ?? addresses.map(prefixOf)
    prefixes.set(pod, known)
    for (const [at, address] of addresses.entries()) {
      const prefix = known[at] ?? prefixOf(address)
      const shard = shards.get(prefix) ?? new Map<string, Set<string>>()
      shards.set(prefix, shard)
      const namespaces = shard.get(address)
      // Pods in their node's network share its address.
      if (namespaces) namespaces.add(namespace)
      else shard.set(address, new Set([namespace]))
    }
  }
  return addressFamily(shards, encodePods, blobs)
}
