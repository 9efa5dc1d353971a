import { formatAddress, parseAddress } from '../../dns/address.ts'
import type { ReverseFamily } from '../../snapshot/schema.ts'
import { reversePrefix } from '../../snapshot/shard.ts'
import { inBatches } from './in-batches.ts'
import { type LazyBlob, lazyBlob } from './lazy-blob.ts'

/** Shards of addresses, one for each /24 or /120. */
export type AddressShards = {
  /** The shard of a prefix may have changed. */
  touch(prefix: string): void
  /** Encodes the touched shards. */
  settle(): Promise<{ readonly family: ReverseFamily; readonly blobs: readonly LazyBlob[] }>
}

/** No shards. `encode` returns the text of a prefix's shard, undefined when it has no addresses. */
export function createAddressShards(encode: (prefix: string) => string | undefined): AddressShards {
  const touched = new Set<string>()
  const blobs = new Map<string, LazyBlob>()
  const write = async (prefix: string): Promise<void> => {
    const text = encode(prefix)
    if (text === undefined) blobs.delete(prefix)
    else blobs.set(prefix, await lazyBlob(() => encode(prefix) ?? ''))
  }
  return {
    touch: (prefix) => void touched.add(prefix),
    settle: async () => {
      await inBatches([...touched], write)
      touched.clear()
      const ordered = [...blobs].toSorted(([a], [b]) => (a < b ? -1 : 1))
      const family = Object.fromEntries(ordered.map(([prefix, { hash }]) => [prefix, hash]))
      return { family, blobs: ordered.map(([, blob]) => blob) }
    },
  }
}

/** The shard prefix of a canonical address. Throws TypeError for other text: addresses were checked before. */
export function prefixOf(address: string): string {
  // The addresses of a /24 share the text before the last dot.
  if (!address.includes(':')) return `${address.slice(0, address.lastIndexOf('.'))}.0`
  const known = prefixByText(address)
  if (known !== undefined) return known
  const bytes = parseAddress(address)
  if (!bytes) throw new TypeError(`"${address}" is not a canonical address`)
  return reversePrefix(bytes)
}

/**
 * The /120 of a canonical IPv6 address (RFC 5952), by its text alone, since most of a first build would parse addresses
 * otherwise. Undefined where zeroing the last byte may move the '::' to other groups.
 */
function prefixByText(address: string): string | undefined {
  const end = address.lastIndexOf(':') + 1
  const group = address.slice(end)
  const head = address.slice(0, end)
  if (group.length > 2) return `${head}${group.slice(0, -2)}00`
  // The last group becomes zero, and joins the run of zeros before it.
  if (head.endsWith('::')) return head
  return head.endsWith(':0:') ? undefined : `${head}0`
}

/** A prefix → a test whether a canonical address belongs to its shard. */
export function inPrefix(prefix: string): (address: string) => boolean {
  if (prefix.includes(':')) return inPrefix6(prefix)
  const stem = prefix.slice(0, -1)
  return (address) => address.startsWith(stem)
}

/**
 * The test of a /120. Texts are compared, since a cluster with 500,000 endpoints has millions of such tests. Canonical texts
 * (RFC 5952) of a /120 differ in its last one or two digits only, except that of the address that ends in zero: there the run
 * of zeros may be another.
 */
function inPrefix6(prefix: string): (address: string) => boolean {
  const bytes = parseAddress(prefix)
  if (!bytes) throw new TypeError(`"${prefix}" is not a prefix`)
  const first = formatAddress(bytes.with(15, 1))
  const hasTwoDigits = bytes[14] !== 0
  const stem = first.slice(0, hasTwoDigits ? -2 : -1)
  const longest = stem.length + 2
  const shortest = stem.length + (hasTwoDigits ? 2 : 1)
  return (address) =>
    address === prefix ||
    (address.length <= longest && address.length >= shortest && address.startsWith(stem))
}
