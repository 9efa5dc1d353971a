import { joinEntries } from '../../snapshot/encode.ts'
import type { ShardFamily } from '../../snapshot/schema.ts'
import { shardBits, shardOf } from '../../snapshot/shard.ts'
import { type LazyBlob, lazyBlob } from './lazy-blob.ts'

/** What is said of each service, in shards by a hash of its key. */
export type ServiceFamily = {
  /** Sets what is said of one service, by serviceKey: its entry's text (see joinEntries), or nothing. */
  set(key: string, text: string | undefined): void
  /**
   * Brings the shards up to date: only those are written anew whose services have changed. `storedBits` is the
   * family's size at present (see shardBits).
   */
  settle(storedBits: number): Promise<{ readonly family: ShardFamily; readonly blobs: readonly LazyBlob[] }>
}

/** `blob` is null where there are no entries, undefined where they have changed since it was written. */
type Shard = { readonly entries: Map<string, string>; blob: LazyBlob | null | undefined }
type State = { bits: number; shards: Shard[]; totalBytes: number }

/** An empty family whose blobs are of a kind. */
export function createServiceFamily(kind: 'services' | 'endpoints'): ServiceFamily {
  const state: State = { bits: 0, shards: emptyShards(0), totalBytes: 0 }
  return {
    set: (key, text) => set(state, key, text),
    settle: async (storedBits) => {
      resize(state, shardBits(state.totalBytes, storedBits))
      const blobs = await Promise.all(state.shards.map((shard) => write(kind, shard)))
      const shards = blobs.map((blob) => blob?.hash ?? null)
      return { family: { bits: state.bits, shards }, blobs: blobs.filter((blob) => blob !== null) }
    },
  }
}

function set(state: State, key: string, text: string | undefined): void {
  const shard = state.shards[shardOf(key, state.bits)]
  const held = shard?.entries.get(key)
  if (!shard || held === text) return
  if (text === undefined) shard.entries.delete(key)
  else shard.entries.set(key, text)
  state.totalBytes += bytesOf(text) - bytesOf(held)
  shard.blob = undefined
}

/** An entry's text and the comma behind it: what it adds to any shard that it may lie in. */
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
  return Array.from({ length: 2 ** bits }, () => ({ entries: new Map(), blob: undefined }))
}

async function write(kind: 'services' | 'endpoints', shard: Shard): Promise<LazyBlob | null> {
  const { entries } = shard
  shard.blob ??= entries.size === 0 ? null : await lazyBlob(() => joinEntries(kind, entries))
  return shard.blob
}
