import { encodePolicyHead, encodeTokenShard } from '../../snapshot/policy/encode.ts'
import type { Scope } from '../../snapshot/policy/schema.ts'
import type { PolicyRef } from '../../snapshot/schema.ts'
import { shardBits } from '../../snapshot/shard.ts'
import { selects } from '../objects/label-selector.ts'
import type { NamespaceEntry } from '../objects/namespace.ts'
import { buildPolicy, shardTokens } from '../policy/build.ts'
import { PolicyError } from '../policy/faults.ts'
import { closedPolicy, type Policy, type ScopeSelector } from '../policy/policy.ts'
import { type LazyBlob, lazyBlob } from './lazy-blob.ts'

/** The policy of a snapshot that has one. */
export type GivenPolicy = {
  /** The policy as its source has it; undefined while the source is broken. */
  readonly policy: Policy | undefined
  /** The policy of the published root, null if there is none that can be published again. */
  readonly published: PolicyRef | null
}

/** The published namespaces, and a number that changes whenever they or their labels may have changed. */
export type SelectedNamespaces = { readonly version: number; readonly list: () => readonly NamespaceEntry[] }

/** A policy's blobs. */
export type SettledPolicy = {
  readonly ref: PolicyRef | null
  /** Empty for a policy that is published again without being known. */
  readonly blobs: readonly LazyBlob[]
  /** Why the source's policy is not the one published. */
  readonly problem?: string
}

/** The access policy's blobs: the head, and tokens in shards by their hashes. */
export type PolicyShards = {
  /** Encodes the policy if it, the namespaces or the number of shards changed since the last call. */
  settle(given: GivenPolicy | undefined, namespaces: SelectedNamespaces): Promise<SettledPolicy>
  /** Forgets the last policy: another replica publishes, and the policy of its root counts more. */
  forget(): void
}

/** An encoded policy. */
type Encoded = {
  readonly policy: Policy
  readonly namespacesVersion: number
  /** The bytes of all tokens. */
  readonly tokenBytes: number
  readonly ref: PolicyRef
  readonly blobs: readonly LazyBlob[]
}

const none: SettledPolicy = { ref: null, blobs: [] }

/**
 * No policy yet. A broken source leaves the last good policy in force: the one that the published root names. If that
 * is the one encoded last, or the one that it was about to replace, the encoded one is used, so that labels are still
 * resolved and a change that was read before the fault is not lost. Otherwise another replica or an earlier process
 * published it, and it is published again as it is. Without any good policy nobody is admitted.
 */
export function createPolicyShards(): PolicyShards {
  let encoded: Encoded | undefined
  let replaced: PolicyRef | null = null
  const encodeNow = async (
    policy: Policy,
    published: PolicyRef | null,
    namespaces: SelectedNamespaces,
  ): Promise<SettledPolicy> => {
    encoded = await encode(policy, encoded, published?.tokens.bits ?? 0, namespaces)
    replaced = published
    return encoded
  }
  const settle = async (
    { policy, published }: GivenPolicy,
    namespaces: SelectedNamespaces,
  ): Promise<SettledPolicy> => {
    if (policy) return encodeNow(policy, published, namespaces)
    const isOurs = isSame(published, encoded?.ref ?? null) || isSame(published, replaced)
    if (published && !(encoded && isOurs)) return { ref: published, blobs: [] }
    return encodeNow(encoded?.policy ?? closedPolicy, published, namespaces)
  }
  return {
    settle: async (given, namespaces) => {
      if (!given) return none
      try {
        return await settle(given, namespaces)
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error
        // Too large: treated like a source with a fault.
        const last = given.published ? { ref: given.published, blobs: [] } : encoded
        return { ...(last ?? (await encodeNow(closedPolicy, null, namespaces))), problem: error.message }
      }
    },
    forget: () => {
      encoded = undefined
    },
  }
}

/** Encodes a policy; returns `last` where nothing that it depends on has changed. */
async function encode(
  policy: Policy,
  last: Encoded | undefined,
  storedBits: number,
  namespaces: SelectedNamespaces,
): Promise<Encoded> {
  const isCurrent = last?.policy === policy && last.namespacesVersion === namespaces.version
  if (isCurrent && last.ref.tokens.bits === shardBits(last.tokenBytes, storedBits)) return last
  // Read before the first await: the store changes meanwhile.
  const { version } = namespaces
  const { head, tokens } = buildPolicy(policy, resolverOf(namespaces.list()))
  const tokenBytes = encodeTokenShard(tokens).length
  const bits = shardBits(tokenBytes, storedBits)
  const headBlob = await lazyBlob(() => encodePolicyHead(head))
  const shards = await Promise.all(
    shardTokens(tokens, bits).map((shard) =>
      shard.size === 0 ? null : lazyBlob(() => encodeTokenShard(shard)),
    ),
  )
  return {
    policy,
    namespacesVersion: version,
    tokenBytes,
    ref: { head: headBlob.hash, tokens: { bits, shards: shards.map((blob) => blob?.hash ?? null) } },
    blobs: [headBlob, ...shards.filter((blob) => blob !== null)],
  }
}

/** The namespaces of a selector: names as given, which need not exist, or the published ones with the labels. */
function resolverOf(namespaces: readonly NamespaceEntry[]): (selector: ScopeSelector) => Scope {
  return (scope) => {
    if (scope.kind === 'all') return 'all'
    if (scope.kind === 'namespaces') return scope.names
    return namespaces
      .filter(({ labels = [] }) => selects(scope.selector, new Map(labels)))
      .map(({ name }) => name)
  }
}

function isSame(a: PolicyRef | null, b: PolicyRef | null): boolean {
  return a !== null && b !== null && a.head === b.head && a.tokens.shards.join() === b.tokens.shards.join()
}
