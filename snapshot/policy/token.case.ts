import { createHash } from 'node:crypto'

/** A token's SHA-256 as policy files have it: 64 hexadecimal digits, as `sha256sum` prints them. */
export function tokenSha256(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
