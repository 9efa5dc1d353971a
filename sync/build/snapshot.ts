import type { BlobHash, Content } from '../../snapshot/schema.ts'
import type { Skipped } from '../objects/skipped.ts'
import type { Store } from '../objects/store.ts'
import type { AgentOptions } from '../options.ts'
import { namespaceContent } from './namespace-list.ts'
import { createPolicyShards, type GivenPolicy } from './policy-shards.ts'
import { createSelection } from './selection.ts'
import { createShards, type StoredBits } from './shards.ts'

/** The content of a root, the blobs that it names, and the objects that could not be published. */
export type Snapshot = {
  readonly content: Content
  /** Each blob's text, encoded on demand; valid until the next build. */
  readonly blobs: ReadonlyMap<BlobHash, () => string>
  readonly skipped: readonly Skipped[]
  /** Why the given policy is not in the content, and the last good one is. */
  readonly policyProblem: string | undefined
  readonly counts: { readonly namespaces: number; readonly services: number }
}

/** The options that decide the content. `static`: the objects came from a file and do not age. */
export type BuildOptions = Pick<
  AgentOptions,
  | 'domain'
  | 'ttlSeconds'
  | 'pods'
  | 'staleAfterMs'
  | 'expiresAfterMs'
  | 'endpointNames'
  | 'ignoreEmptyServices'
  | 'namespaces'
> & { readonly static: boolean }

/** Builds snapshots of one store, one after another. */
export type Builder = {
  /**
   * The current store → a snapshot. Encodes only what changed since the last build. The same objects, options and
   * stored bits give the same bytes, regardless of the order of changes. Uses no clock and no network (it is asynchronous
   * because Web Crypto is). Does not throw: objects are checked when they are reduced. Without `policy` the
   * content has no access policy.
   */
  build(stored: StoredBits, policy?: GivenPolicy): Promise<Snapshot>
  /** Another replica publishes: of its policy only the root is known. */
  forgetPolicy(): void
}

/** Builds a single snapshot. */
export function build(
  store: Store,
  options: BuildOptions,
  stored: StoredBits,
  policy?: GivenPolicy,
): Promise<Snapshot> {
  return createBuilder(store, options).build(stored, policy)
}

/** Makes a builder that follows a store from now on. */
export function createBuilder(store: Store, options: BuildOptions): Builder {
  const selection = createSelection(store, options.namespaces)
  const shards = createShards(options)
  const policyShards = createPolicyShards()
  const next = async (stored: StoredBits, given?: GivenPolicy): Promise<Snapshot> => {
    const { services, pods } = selection.catchUp()
    for (const update of services) shards.update(update)
    if (options.pods === 'verified') for (const update of pods) shards.updatePod(update)
    // Read everything before the first await: the store changes while shards are hashed.
    const namespaces = selection.namespaces()
    const names = namespaces.map(({ name }) => name)
    const selected = { version: selection.namespacesVersion(), list: () => namespaces }
    const skipped = selection.skipped()
    const counts = { namespaces: names.length, services: shards.services() }
    const policy = await policyShards.settle(given, selected)
    const list = await namespaceContent(names)
    const { content, blobs } = await shards.settle(stored)
    return {
      content: { ...settingsOf(options), namespaces: list.namespaces, policy: policy.ref, ...content },
      blobs: new Map([...policy.blobs, ...list.blobs, ...blobs].map(({ hash, text }) => [hash, text])),
      skipped: [...skipped, ...list.skipped, ...shards.skipped()],
      policyProblem: policy.problem,
      counts,
    }
  }
  return { build: next, forgetPolicy: policyShards.forget }
}

function settingsOf(
  options: BuildOptions,
): Pick<Content, 'domain' | 'static' | 'staleAfterMs' | 'expiresAfterMs' | 'ttl' | 'pods'> {
  const { domain, staleAfterMs, expiresAfterMs, ttlSeconds: ttl, pods } = options
  return { domain, static: options.static, staleAfterMs, expiresAfterMs, ttl, pods }
}
