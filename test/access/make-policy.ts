import { hashBlob } from '../../snapshot/blob.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { encodePolicyHead, encodeTokenShard } from '../../snapshot/policy/encode.ts'
import type { Door, PolicyHead, PolicyToken, Scope, TokenHash } from '../../snapshot/policy/schema.ts'
import { hashToken, newToken, tokenShard } from '../../snapshot/policy/token.ts'
import type { PolicyRef } from '../../snapshot/schema.ts'
import type { Random } from '../seeded-random.ts'

/** A token of a test's policy. Fields that are left out: valid at all times, doors path and bearer, no forwarding. */
export type TestToken = {
  readonly text: string
  readonly scope: Scope
  readonly notBeforeMs?: number
  readonly expiresMs?: number
  readonly doors?: readonly Door[]
  readonly forward?: boolean
}

/** A source network of a test's policy; without `forward` its callers may not have outside names resolved. */
export type TestNetwork = { readonly cidr: string; readonly scope: Scope; readonly forward?: boolean }

/** A test's policy. `anonymous` is null if callers without a token are refused. */
export type TestPolicy = {
  readonly tokens: readonly TestToken[]
  readonly anonymous: Scope | null
  /** Source networks of plain DNS, the longest prefix first. */
  readonly networks?: readonly TestNetwork[]
  readonly minting?: readonly {
    readonly key: SigningKey
    readonly scope: Scope
    readonly maxSeconds: number
    readonly forward?: boolean
  }[]
  /** The tokens are in 2^bits shards; 0 if left out. */
  readonly bits?: number
}

/** A policy as a root names it, and the texts of its blobs. */
export type PolicyBlobs = { readonly ref: PolicyRef; readonly texts: readonly string[] }

/** Encodes a policy as an agent does. */
export async function policyBlobs({
  tokens,
  anonymous,
  networks = [],
  minting = [],
  bits = 0,
}: TestPolicy): Promise<PolicyBlobs> {
  const scopes: Scope[] = []
  const indexOf = (scope: Scope): number => scopes.push(scope) - 1
  const shards = Array.from({ length: 2 ** bits }, () => new Map<TokenHash, PolicyToken>())
  for (const [index, token] of tokens.entries()) {
    const hash = await hashToken(token.text)
    shards[tokenShard(hash, bits)]?.set(hash, {
      name: `token-${index}`,
      scope: indexOf(token.scope),
      notBeforeMs: token.notBeforeMs ?? 0,
      expiresMs: token.expiresMs ?? null,
      doors: token.doors ?? ['path', 'bearer'],
      forward: token.forward ?? false,
    })
  }
  const head: PolicyHead = {
    kind: 'policy',
    anonymous: anonymous === null ? null : indexOf(anonymous),
    networks: networks.map(({ cidr, scope, forward = false }) => ({ cidr, scope: indexOf(scope), forward })),
    minting: minting.map(({ key, scope, maxSeconds, forward = false }, index) => ({
      name: `key-${index}`,
      kid: key.kid,
      key: key.publicKey,
      scope: indexOf(scope),
      maxSeconds,
      forward,
    })),
    scopes,
  }
  const headText = encodePolicyHead(head)
  const shardTexts = shards.map((shard) => (shard.size === 0 ? undefined : encodeTokenShard(shard)))
  const hashes = shardTexts.map((text) => (text === undefined ? null : hashBlob(text)))
  return {
    ref: { head: await hashBlob(headText), tokens: { bits, shards: await Promise.all(hashes) } },
    texts: [headText, ...shardTexts.filter((text) => text !== undefined)],
  }
}

/** A token of a cluster; the same generator gives the same tokens. */
export function drawToken(cluster: string, random: Random): string {
  return newToken(cluster, (bytes) => bytes.map(() => random.between(0, 255)))
}
