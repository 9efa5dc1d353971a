import { openBucket } from '../../snapshot/bucket.ts'
import { importTrustedKeys, type SigningKey } from '../../snapshot/key.ts'
import { blobsOf, verifyRoot } from '../../snapshot/root.ts'
import { bucketsIn, checkRootValue, joinRootValue } from '../../snapshot/root-value.ts'
import { bucketSchema, type Root, type SignedRoot, schemaVersion } from '../../snapshot/schema.ts'
import { storedBitsOf } from '../../sync/build/shards.ts'
import { createBuilder, type Snapshot } from '../../sync/build/snapshot.ts'
import { reduceObject } from '../../sync/objects/reduce.ts'
import type { ObjectKind } from '../../sync/objects/skipped.ts'
import { createStore, type Store } from '../../sync/objects/store.ts'
import { agentDefaults } from '../../sync/options.ts'
import { type Plan, planPublish } from '../../sync/publish/plan.ts'
import { type SealedRoot, sealRoot } from '../../sync/publish/seal-root.ts'
import { median } from '../median.ts'
import { movedSlices, type Width, wideShape } from './wide-shape.ts'

/** The ID of the built clusters. */
export const cluster = 'bench'
const verifications = 15

/** The figures of a cluster in one schema of roots. */
export type RootSize = {
  /** The part that the signature covers, and what a publish sends after one endpoint changed (KB). */
  readonly signedKilobytes: number
  readonly changeKilobytes: number
  /** The check of a changed root, with the one bucket that a query needs (ms, median). */
  readonly verifyMs: number
}

/** The figures of a cluster in both schemas. `buildSeconds` is the CPU time of the first build. */
export type RootSizes = {
  readonly blobs: number
  readonly buildSeconds: number
  readonly one: RootSize
  readonly two: RootSize
}

/** Builds the first snapshot of a cluster and that after one endpoint changed, and signs the roots in both schemas. */
export async function rootSizes(width: Width, key: SigningKey): Promise<RootSizes> {
  const { first, second, buildSeconds } = await buildTwice(width)
  const blobBytes = [...second.put.values()].reduce((sum, text) => sum + text().length, 0)
  const sizeIn = async (schema: SignedRoot['schema']): Promise<RootSize> => {
    const atEdge = (await sealRoot(first.root, schema, undefined, key)).hashes
    const sealed = await sealRoot(second.root, schema, atEdge, key)
    const rootBytes = sealed.changed.reduce((sum, text) => sum + text.length, sealed.jws.length)
    return {
      signedKilobytes: sealed.jws.length / 1024,
      changeKilobytes: (rootBytes + blobBytes) / 1024,
      verifyMs: await verifyMs(sealed, key),
    }
  }
  return {
    blobs: blobsOf(first.root).size,
    buildSeconds,
    one: await sizeIn(schemaVersion),
    two: await sizeIn(bucketSchema),
  }
}

/** The first snapshot of a cluster, that after one endpoint changed, and the CPU time of the first build (s). */
export async function buildTwice(
  width: Width,
): Promise<{ readonly first: Texts; readonly second: Texts; readonly buildSeconds: number }> {
  const store = storeOf(width)
  const builder = createBuilder(store, { ...agentDefaults, static: false })
  const began = process.cpuUsage()
  const first = planned(undefined, await builder.build(storedBitsOf(undefined)))
  for (const text of first.put.values()) text()
  const { user, system } = process.cpuUsage(began)
  put(store, 'EndpointSlice', movedSlices(width))
  const second = planned(first.root, await builder.build(storedBitsOf(first.root)))
  return { first, second, buildSeconds: (user + system) / 1e6 }
}

/** A store with the whole cluster. The objects themselves are garbage then, as in an agent. */
export function storeOf(width: Width): Store {
  const store = createStore()
  const { namespaces, services, slices } = wideShape(width)
  put(store, 'Namespace', namespaces)
  put(store, 'Service', services)
  put(store, 'EndpointSlice', slices)
  return store
}

function put(store: Store, kind: ObjectKind, objects: readonly object[]): void {
  for (const object of objects) store.upsert(kind, reduceObject(kind, object, agentDefaults))
}

/** What a publish sends: the root, and the texts of new blobs by their hashes. */
export type Texts = Extract<Plan<() => string>, { readonly root: Root }>

function planned(published: Root | undefined, snapshot: Snapshot): Texts {
  const nowMs = published ? published.generation + 2_000 : Date.now()
  const plan = planPublish(published, snapshot, {
    ...{ cluster, nowMs, asOfMs: nowMs, term: 0, putAll: false },
    heartbeatMs: agentDefaults.heartbeatMs,
  })
  if (plan.kind === 'nothing') throw new Error('the snapshot has no change to publish')
  return plan
}

/** The time to check a root that the isolate has not seen, and the bucket of one Service (ms, median). */
async function verifyMs({ jws, buckets, hashes }: SealedRoot, { publicKey }: SigningKey): Promise<number> {
  const keys = await importTrustedKeys([publicKey])
  const value = joinRootValue(jws, buckets)
  const expected = { cluster, keys, nowMs: Date.now() }
  const took: number[] = []
  for (let time = 0; time < verifications; time++) {
    const at = time % Math.max(1, buckets.length)
    const begun = performance.now()
    checkRootValue(value, jws, (await verifyRoot(jws, expected)).root)
    const hash = hashes?.shards[at]
    if (hash) await openBucket(bucketsIn(value)[at] ?? '', hash)
    took.push(performance.now() - begun)
  }
  return median(took)
}
