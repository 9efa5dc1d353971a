import { toBase64Url } from '../../dns/base64url.ts'
import { sha256 } from '../blob.ts'
import { isClusterId } from '../keys.ts'
import type { TokenHash } from './schema.ts'

/** A token has 26 characters of base32 after the cluster's ID and a hyphen: 130 random bits. */
const secretCharacters = 26

/** The lower-case alphabet of RFC 4648 §6. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** The longest cluster ID whose tokens fit one DNS label, and so the first label of a DoT server name. */
export const maxLabelClusterId = 63 - 1 - secretCharacters

/**
 * A new token of a cluster, such as `prod-k3vq…`. `random` fills the array with random bytes, of which five bits each
 * are used.
 */
export function newToken(cluster: string, random: (bytes: Uint8Array) => Uint8Array): string {
  const bytes = random(new Uint8Array(secretCharacters))
  return `${cluster}-${Array.from(bytes, (byte) => alphabet[byte & 31]).join('')}`
}

/**
 * A text → the ID of the cluster whose token it would be, or undefined for a text that does not have a token's form. The
 * time depends on the text's length only, so that it does not tell a malformed token from an unknown one.
 */
export function clusterOfToken(text: string): string | undefined {
  // A cluster ID has at most 63 characters; longer texts are not scanned.
  if (text.length > 63 + 1 + secretCharacters) return undefined
  const cluster = text.slice(0, -1 - secretCharacters)
  const isCluster = isClusterId(cluster)
  let wrong = text.at(-1 - secretCharacters) === '-' ? 0 : 1
  for (const character of text.slice(-secretCharacters)) wrong += alphabet.includes(character) ? 0 : 1
  return isCluster && wrong === 0 ? cluster : undefined
}

/** A token → the hash under which a policy lists it. Any text has a hash. */
export function hashToken(token: string): Promise<TokenHash> {
  return sha256(token)
}

/** A hash as `sha256sum` prints it, 64 hexadecimal digits → the same hash as blobs have it. Undefined for another text. */
export function tokenHashFromHex(text: string): TokenHash | undefined {
  if (!/^[0-9a-f]{64}$/i.test(text)) return undefined
  return toBase64Url(Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)))
}

/** The shard, 0 to 2^bits - 1, of a token in a family by hash: the first `bits` bits (at most 12). */
export function tokenShard(hash: TokenHash, bits: number): number {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return ((digits.indexOf(hash.charAt(0)) << 6) | digits.indexOf(hash.charAt(1))) >> (12 - bits)
}
