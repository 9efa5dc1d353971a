import { type AddressBytes, formatAddress } from '../dns/address.ts'
import { maskAddress } from '../dns/cidr.ts'

/** The mean blob size of a family (bytes) above which its shards are split in two, and below which they are joined. */
const splitAboveBytes = 24 * 1024
const joinBelowBytes = 8 * 1024

/** The largest number of shards of a family, as a power of two: 2^12 shards of 24 KiB are 96 MiB. */
export const maxBits = 12

/**
 * The number of shards (as a power of two) for a family of `totalBytes`: the stored number, doubled while the mean is
 * above 24 KiB and halved while it is below 8 KiB. The limits are far apart, so that a family whose size varies around
 * one of them is not rewritten repeatedly.
 */
export function shardBits(totalBytes: number, storedBits: number): number {
  let bits = storedBits
  while (bits < maxBits && totalBytes / 2 ** bits > splitAboveBytes) bits++
  while (bits > 0 && totalBytes / 2 ** bits < joinBelowBytes) bits--
  return bits
}

/**
 * The shard of a service, 0 to 2^bits - 1: FNV-1a over the code units of `key`, with a final mix, since the low bits of
 * plain FNV-1a hardly depend on the first characters. Fixed by schema version 1.
 */
export function shardOf(key: string, bits: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) & (2 ** bits - 1)
}

/** The shard of an address in a family by address: its /24 or /120 in canonical text, such as '10.1.2.0'. */
export function reversePrefix(address: AddressBytes): string {
  return formatAddress(maskAddress(address, address.length * 8 - 8))
}
