import type { Door, TokenHash } from '../../snapshot/policy/schema.ts'
import type { LabelSelector } from '../objects/label-selector.ts'

/** The namespaces that an entry gives access to, as the file names them. Labels are resolved at each build. */
export type ScopeSelector =
  | { readonly kind: 'all' }
  /** At least one name, as given; a name need not exist. */
  | { readonly kind: 'namespaces'; readonly names: readonly string[] }
  | { readonly kind: 'namespaceLabels'; readonly selector: LabelSelector; readonly text: string }

/** An access policy from a YAML file, after its checks. */
export type Policy = {
  readonly tokens: readonly TokenEntry[]
  readonly minting: readonly MintingEntry[]
  readonly networks: readonly NetworkEntry[]
  /** What callers without a token see, or null: they are refused. */
  readonly anonymous: ScopeSelector | null
}

export type TokenEntry = {
  /** Two entries have one name while a token is rotated. */
  readonly name: string
  readonly hash: TokenHash
  readonly scope: ScopeSelector
  /** Unix ms; 0 where the token is valid from the start. */
  readonly notBeforeMs: number
  /** Unix ms; null where the token does not expire. */
  readonly expiresMs: number | null
  readonly doors: readonly Door[]
  readonly forward: boolean
}

export type MintingEntry = {
  readonly name: string
  /** The Ed25519 public key, base64url, and its key ID (RFC 7638). */
  readonly key: string
  readonly kid: string
  readonly scope: ScopeSelector
  /** The longest lifetime of a token that this key signs (s). */
  readonly maxSeconds: number
  readonly forward: boolean
}

export type NetworkEntry = {
  /** Canonical text (RFC 5952, no host bits). */
  readonly cidr: string
  readonly scope: ScopeSelector
  readonly forward: boolean
}

/** The policy that admits no caller. */
export const closedPolicy: Policy = { tokens: [], minting: [], networks: [], anonymous: null }
