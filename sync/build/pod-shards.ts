import { encodePods } from '../../snapshot/encode.ts'
import type { PodEntry } from '../objects/pod.ts'
import { type AddressFamily, createAddressFamily, inPrefix, prefixOf } from './address-shards.ts'
import type { Turn } from './selection.ts'

/** Which namespaces have a pod of an address. */
export type PodFamily = Pick<AddressFamily, 'settle'> & {
  /** Takes over what a pod's addresses were, and what they are. */
  turn(turn: Turn<PodEntry>): void
}

/** A family of no pods. */
export function createPodFamily(): PodFamily {
  const members = new Map<string, Set<PodEntry>>()
  const shards = createAddressFamily((prefix) => {
    const pods = members.get(prefix)
    return pods && encodePods(namespacesIn(prefix, pods))
  })
  return {
    settle: shards.settle,
    turn: ({ before, after }) => {
      for (const prefix of prefixesOf(before)) {
        const pods = members.get(prefix)
        if (before) pods?.delete(before)
        if (pods?.size === 0) members.delete(prefix)
        shards.touch(prefix)
      }
      for (const prefix of prefixesOf(after)) {
        const pods = members.get(prefix) ?? new Set()
        members.set(prefix, pods)
        if (after) pods.add(after)
        shards.touch(prefix)
      }
    },
  }
}

function prefixesOf(pod: PodEntry | undefined): Set<string> {
  return new Set(pod?.addresses.map(prefixOf))
}

/** Pods in their node's network share its address. */
function namespacesIn(prefix: string, pods: Iterable<PodEntry>): Map<string, Set<string>> {
  const namespaces = new Map<string, Set<string>>()
  const isIn = inPrefix(prefix)
  for (const { namespace, addresses } of pods) {
    for (const address of addresses.filter(isIn)) {
      const held = namespaces.get(address) ?? new Set()
      namespaces.set(address, held.add(namespace))
    }
  }
  return namespaces
}
