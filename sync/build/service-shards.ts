import { joinEntries } from '../../snapshot/encode.ts'
import type { ShardFamily } from '../../snapshot/schema.ts'
import { shardBits, shardOf } from '../../snapshot/shard.ts'
import type { Skipped } from '../objects/skipped.ts'
import { keysToLeaveOut, leftOut, maxShardBytes } from './fit-shard.ts'
import { inBatches } from './in-batches.ts'
import { type LazyBlob, lazyBlob } from './lazy-blob.ts'

/** The entries of services, in shards by a hash of their keys. */
export type ServiceShards = {
  /** Sets the entry of a service (see joinEntries) by its serviceKey; undefined removes it. */
  set(key: string, text: string | undefined): void
  /**
   * Encodes the shards whose services changed. `storedBits` is the published number of shards, as a power of two
   * (see shardBits).
   */
  settle(storedBits: number): Promise<{ readonly family: ShardFamily; readonly blobs: readonly LazyBlob[] }>
  /** The services that did not fit into their shards at the last `settle`. */
  skipped(): Skipped[]
}

/** `blob` is null when there are no entries, undefined when they changed since it was encoded. */
type Shard = {
  readonly entries: Map<string, string>
  blob: LazyBlob | null | undefined
  skipped: readonly Skipped[]
}
type State = { bits: number; shards: Shard[]; totalBytes: number }

/** Empty shards whose blobs are of this kind. */
export function createServiceShards(kind: 'services' | 'endpoints'): ServiceShards {
  const state: State = { bits: 0, shards: emptyShards(0), totalBytes: 0 }
  return {
    set: (key, text) => set(state, key, text),
    settle: async (storedBits) => {
      resize(state, shardBits(state.totalBytes, storedBits))
      const blobs = await inBatches(state.shards, (shard) => write(kind, shard))
      const shards = blobs.map((blob) => blob?.hash ?? null)
      return { family: { bits: state.bits, shards }, blobs: blobs.filter((blob) => blob !== null) }
    },
    skipped: () => state.shards.flatMap(({ skipped }) => skipped),
  }
}

function set(state: State, key: string, text: string | undefined): void {
  const shard = state.shards[shardOf(key, state.bits)]
  const before = shard?.entries.get(key)
  if (!shard || before === text) return
  if (text === undefined) shard.entries.delete(key)
  else shard.entries.set(key, text)
  state.totalBytes += bytesOf(text) - bytesOf(before)
  shard.blob = undefined
}

/** The bytes that an entry adds to its shard: its text and a comma. */
function bytesOf(text: string | undefined): number {
  return text === undefined ? 0 : text.length + 1
}

function resize(state: State, bits: number): void {
  if (bits === state.bits) return
  const old = state.shards
  state.bits = bits
  state.shards = emptyShards(bits)
  for (const { entries } of old)
    for (const [key, text] of entries) state.shards[shardOf(key, bits)]?.entries.set(key, text)
}

function emptyShards(bits: number): Shard[] {
  return Array.from({ length: 2 ** bits }, () => ({ entries: new Map(), blob: undefined, skipped: [] }))
}

async function write(kind: 'services' | 'endpoints', shard: Shard): Promise<LazyBlob | null> {
  if (shard.blob !== undefined) return shard.blob
  const { entries, skipped } = fitting(kind, shard.entries)
  shard.skipped = skipped
  shard.blob = entries.size === 0 ? null : await lazyBlob(() => joinEntries(kind, entries))
  return shard.blob
}

/** The entries that fit into one shard. */
function fitting(
  kind: 'services' | 'endpoints',
  all: ReadonlyMap<string, string>,
): { readonly entries: ReadonlyMap<string, string>; readonly skipped: readonly Skipped[] } {
  const sizes = new Map(Array.from(all, ([key, text]) => [key, bytesOf(text)]))
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, joinEntries(kind, new Map()).length)
  if (total <= maxShardBytes) return { entries: all, skipped: [] }
  const out = keysToLeaveOut(sizes, total - maxShardBytes)
  return {
    entries: new Map([...all].filter(([key]) => !out.has(key))),
    skipped: Array.from(out, (key) => leftOut(key, partOf[kind], sizes.get(key) ?? 0)),
  }
}

/** The part of a Service that a shard has, as messages name it. */
const partOf = { services: 'its records', endpoints: 'the names of its endpoints' } as const
