import { parseCidr } from '../../dns/cidr.ts'
import type { PolicyHead, PolicyToken, Scope, ScopeIndex, TokenHash } from '../../snapshot/policy/schema.ts'
import { tokenShard } from '../../snapshot/policy/token.ts'
import { PolicyError } from './faults.ts'
import type { Policy, ScopeSelector } from './policy.ts'

/**
 * The most namespace names in all of a policy's scopes together. With names of 20 bytes the head then has 500 KiB,
 * half of an ingest request, and every isolate parses it once for each version of the policy.
 */
export const maxScopeNames = 25_000

/** A policy's content for a snapshot: the head, and the tokens before they are divided into shards. */
export type BuiltPolicy = { readonly head: PolicyHead; readonly tokens: ReadonlyMap<TokenHash, PolicyToken> }

/**
 * A policy → the content of its blobs. `resolve` returns the namespaces that a selector selects now, in any order.
 * The order of the policy's entries does not change the result. Throws PolicyError POLICY_TOO_LARGE when the scopes
 * have more than `maxScopeNames` names.
 */
export function buildPolicy(policy: Policy, resolve: (selector: ScopeSelector) => Scope): BuiltPolicy {
  const table = createScopeTable(policy, resolve)
  const networks = policy.networks.map(({ cidr, scope, forward }) => ({
    ...{ cidr, scope: table.indexOf(scope), forward },
  }))
  const minting = policy.minting.map(({ name, kid, key, scope, maxSeconds, forward }) => ({
    ...{ name, kid, key, scope: table.indexOf(scope), maxSeconds, forward },
  }))
  const tokens = policy.tokens.map(({ hash, scope, ...token }) => {
    const { name, notBeforeMs, expiresMs, doors, forward } = token
    return [hash, { name, scope: table.indexOf(scope), notBeforeMs, expiresMs, doors, forward }] as const
  })
  return {
    head: {
      kind: 'policy',
      scopes: table.scopes,
      anonymous: policy.anonymous && table.indexOf(policy.anonymous),
      networks: networks.toSorted((a, b) => prefixBits(b.cidr) - prefixBits(a.cidr) || order(a.cidr, b.cidr)),
      minting: minting.toSorted((a, b) => order(a.kid, b.kid)),
    },
    tokens: new Map(tokens),
  }
}

/** Tokens by hash → the 2^bits shards of a snapshot, in order; a shard may be empty. */
export function shardTokens(
  tokens: ReadonlyMap<TokenHash, PolicyToken>,
  bits: number,
): ReadonlyMap<TokenHash, PolicyToken>[] {
  const shards = Array.from({ length: 2 ** bits }, () => new Map<TokenHash, PolicyToken>())
  for (const [hash, token] of tokens) shards[tokenShard(hash, bits)]?.set(hash, token)
  return shards
}

type ScopeTable = { readonly scopes: readonly Scope[]; indexOf(selector: ScopeSelector): ScopeIndex }

/** Every scope of a policy once, in an order that follows from the scopes alone. */
function createScopeTable(policy: Policy, resolve: (selector: ScopeSelector) => Scope): ScopeTable {
  const keys = new Map<ScopeSelector, string>()
  // Entries often have equal selectors: each is resolved once.
  const resolved = new Map<string, string>()
  const scopes = new Map<string, Scope>()
  const { anonymous } = policy
  for (const { scope } of [...policy.tokens, ...policy.minting, ...policy.networks, { scope: anonymous }]) {
    if (scope === null) continue
    const text = selectorKey(scope)
    let key = resolved.get(text)
    if (key === undefined) {
      const found = resolve(scope)
      const names = found === 'all' ? found : [...new Set(found)].toSorted()
      key = JSON.stringify(names)
      resolved.set(text, key)
      scopes.set(key, names)
    }
    keys.set(scope, key)
  }
  checkSize([...scopes.values()])
  const sorted = [...scopes.keys()].toSorted()
  const indexes = new Map(sorted.map((key, index) => [key, index]))
  return {
    scopes: sorted.map((key) => scopes.get(key) ?? []),
    indexOf: (selector) => indexes.get(keys.get(selector) ?? '') ?? 0,
  }
}

function selectorKey(selector: ScopeSelector): string {
  if (selector.kind === 'all') return 'all'
  return selector.kind === 'namespaces' ? JSON.stringify(selector.names) : `labels ${selector.text}`
}

function checkSize(scopes: readonly Scope[]): void {
  const names = scopes.reduce((sum, scope) => sum + (scope === 'all' ? 0 : scope.length), 0)
  if (names > maxScopeNames)
    throw new PolicyError(
      'POLICY_TOO_LARGE',
      `the policy's scopes list ${names} namespaces in total, the limit is ${maxScopeNames}; use fewer different scopes, or all: true`,
    )
}

function prefixBits(cidr: string): number {
  return parseCidr(cidr)?.bits ?? 0
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
