/** The version of the policy's form that this code writes and reads. An edge declares it in its ingest answers. */
export const policyVersion = 1

/** The namespaces of one cluster that a caller may see: all of them, or a sorted list of names. */
export type Scope = 'all' | readonly string[]

/** The position of a scope in the head's table. */
export type ScopeIndex = number

/** The ways by which a token may be presented: in the URL's path, as bearer, as first label of a DoT server name. */
export type Door = 'path' | 'bearer' | 'dot'

/** The part of the policy that every query with a scope reads: a blob of the kind `policy`. */
export type PolicyHead = {
  readonly kind: 'policy'
  /** Each scope once; tokens, networks and keys name them by position. */
  readonly scopes: readonly Scope[]
  /** The scope of callers without a token, or null: they are refused. */
  readonly anonymous: ScopeIndex | null
  /** Source networks of plain DNS (canonical CIDR text), the longest prefix first. */
  readonly networks: readonly PolicyNetwork[]
  readonly minting: readonly MintingKey[]
}

export type PolicyNetwork = {
  readonly cidr: string
  readonly scope: ScopeIndex
  /** Whether its callers may have names outside the zones resolved. */
  readonly forward: boolean
}

/** A public key whose holder may sign short-lived tokens for the cluster. */
export type MintingKey = {
  readonly name: string
  /** The key's ID, its JWK thumbprint (RFC 7638). */
  readonly kid: string
  /** The Ed25519 public key: a JWK's `x`, base64url. */
  readonly key: string
  /** The limit of its tokens' access: a token's namespaces outside of it are ignored. */
  readonly scope: ScopeIndex
  /** The longest time from `iat` to `exp` of its tokens (s). */
  readonly maxSeconds: number
  readonly forward: boolean
}

/** Tokens by their hash: a blob of the kind `tokens`. */
export type TokenShard = { readonly kind: 'tokens'; readonly tokens: ReadonlyMap<TokenHash, PolicyToken> }

/** SHA-256 of a token's text, base64url without padding. */
export type TokenHash = string

export type PolicyToken = {
  /** The name in the policy, for logs. Two tokens have the same name during a rotation. */
  readonly name: string
  readonly scope: ScopeIndex
  /** Valid from this time on (Unix ms); 0 for always. */
  readonly notBeforeMs: number
  /** Valid before this time (Unix ms); null without an end. */
  readonly expiresMs: number | null
  readonly doors: readonly Door[]
  /** Whether its holder may have names outside the zones resolved. */
  readonly forward: boolean
}
