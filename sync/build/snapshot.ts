import { encodeNamespaces } from '../../snapshot/encode.ts'
import type { BlobHash, Content, Root } from '../../snapshot/schema.ts'
import type { Skipped } from '../objects/skipped.ts'
import type { Store } from '../objects/store.ts'
import type { AgentOptions } from '../options.ts'
import { type LazyBlob, lazyBlob } from './lazy-blob.ts'
import { createCatalogue } from './selection.ts'
import { createFamilies } from './shards.ts'

/** Everything that a root says of content, the blobs it names, and what could not be published. */
export type Snapshot = {
  readonly content: Content
  /** What writes each blob's text; good until the next build. */
  readonly blobs: ReadonlyMap<BlobHash, () => string>
  readonly skipped: readonly Skipped[]
  readonly counts: { readonly namespaces: number; readonly services: number }
}

/** What decides the content besides the objects. `static` data came from a file and does not age. */
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

/** How many shards the published root has, as powers of two: the number changes late (see shardBits). */
export type StoredBits = { readonly services: number; readonly endpoints: number }

/** Builds snapshots of one store, one after the other. */
export type Builder = {
  /**
   * The store as it is → a snapshot. Only what changed since the last build is written anew. The same objects, however
   * they came about, with the same options and stored bits give the same bytes. Reads no clock and no network
   * (hashing is asynchronous in Web Crypto). Throws only what a fault of ours would: objects were checked when they
   * were reduced.
   */
  build(stored: StoredBits): Promise<Snapshot>
}

/** More namespaces than this are a blob: 200 names of 20 bytes make 4 KiB, in a root that every isolate reads. */
const maxInlineNamespaces = 200

/** The sizes of a published root's families; of none, when nothing is published. */
export function bitsOf(published: Root | undefined): StoredBits {
  return { services: published?.services.bits ?? 0, endpoints: published?.endpoints?.bits ?? 0 }
}

/** One snapshot, for whoever needs no second one. */
export function build(store: Store, options: BuildOptions, stored: StoredBits): Promise<Snapshot> {
  return createBuilder(store, options).build(stored)
}

/** A builder that follows a store from now on. */
export function createBuilder(store: Store, options: BuildOptions): Builder {
  const catalogue = createCatalogue(store, options.namespaces)
  const families = createFamilies(options)
  const next = async (stored: StoredBits): Promise<Snapshot> => {
    const { services, pods } = catalogue.catchUp()
    for (const turn of services) families.turn(turn)
    if (options.pods === 'verified') for (const turn of pods) families.turnPod(turn)
    // All of this is of one moment: while shards are hashed the store goes on.
    const names = catalogue.namespaces()
    const skipped = [...catalogue.skipped(), ...families.skipped()]
    const counts = { namespaces: names.length, services: families.services() }
    const list = await namespaceList(names)
    const { content, blobs } = await families.settle(stored)
    return {
      content: { ...settingsOf(options), namespaces: list.namespaces, policy: null, ...content },
      blobs: new Map([...list.blobs, ...blobs].map(({ hash, text }) => [hash, text])),
      skipped,
      counts,
    }
  }
  return { build: next }
}

function settingsOf(
  options: BuildOptions,
): Pick<Content, 'domain' | 'static' | 'staleAfterMs' | 'expiresAfterMs' | 'ttl' | 'pods'> {
  const { domain, staleAfterMs, expiresAfterMs, ttlSeconds: ttl, pods } = options
  return { domain, static: options.static, staleAfterMs, expiresAfterMs, ttl, pods }
}

async function namespaceList(
  names: readonly string[],
): Promise<{ readonly namespaces: Content['namespaces']; readonly blobs: readonly LazyBlob[] }> {
  if (names.length <= maxInlineNamespaces) return { namespaces: names.toSorted(), blobs: [] }
  const blob = await lazyBlob(() => encodeNamespaces(names))
  return { namespaces: { blob: blob.hash }, blobs: [blob] }
}
