import { clusterOfMintedToken, verifyMintedToken } from '../../snapshot/policy/minted-token.ts'
import type { PolicyHead, PolicyToken } from '../../snapshot/policy/schema.ts'
import { clusterOfToken, hashToken, tokenShard } from '../../snapshot/policy/token.ts'
import { freshnessOf } from '../answer/freshness.ts'
import { policyNeed, tokensNeed } from '../answer/needs.ts'
import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import type { Tasks } from '../ports.ts'
import type { CheckedToken } from './caller.ts'
import { findToken } from './find-token.ts'
import type { PresentedToken } from './presented.ts'
import { visibleOf } from './scopes.ts'

/** The result for a token: 'invalid' for every fault of the token, 'unavailable' if its cluster's policy cannot be had. */
export type TokenCheck = CheckedToken | 'invalid' | 'unavailable'

/**
 * Checks a token against the policy in force of its cluster. The time does not tell why a token is not valid: every text
 * is hashed and looked up. One that is denied, or names no cluster of this edge, is looked up in the first cluster's
 * policy.
 */
export async function checkToken(
  { text, door }: PresentedToken,
  edge: Edge,
  tasks: Tasks,
): Promise<TokenCheck> {
  const { config, reader, clock } = edge
  const hash = await hashToken(text)
  const isMinted = text.includes('.')
  const id = isMinted ? clusterOfMintedToken(text) : clusterOfToken(text)
  const isDenied = config.deny.has(hash)
  const named = config.clusters.find((each) => each.id === id && !isDenied)
  const cluster = named ?? config.clusters[0]
  if (!cluster) return 'invalid'
  // A token that is denied, or names no cluster, must not wait for one.
  const unlessLate = <T, L>(read: T | Promise<T>, late: L): T | L | Promise<T> =>
    named || !(read instanceof Promise) ? read : late
  const view = await unlessLate(reader.view(cluster, tasks), undefined)
  if (!view || freshnessOf(view.root, clock.now()) === 'expired') return named ? 'unavailable' : 'invalid'
  const { policy } = view.root
  if (!policy) return 'invalid'
  const head = policyNeed(view.root)
  const needs = isMinted ? [head] : [head, tokensNeed(view.root, tokenShard(hash, policy.tokens.bits))]
  const opened = await unlessLate(reader.open(view, needs, tasks), 'missing' as const)
  if (opened === 'missing' || opened.policy?.kind !== 'policy') return named ? 'unavailable' : 'invalid'
  const source = { hash, needs, mark: view.mark }
  if (isMinted) return named ? checkMinted(text, cluster, opened.policy, source, edge) : 'invalid'
  const search = opened.tokens?.kind === 'tokens' ? findToken(opened.tokens, hash) : undefined
  const token = search && tokenInForce(search.token, door, clock.now())
  return token && search.isFound && named ? grantOf(token, cluster, opened.policy, source) : 'invalid'
}

/** The token, if it may be used at this door now (`nowMs`: Unix ms). */
function tokenInForce(
  token: PolicyToken,
  door: PresentedToken['door'],
  nowMs: number,
): PolicyToken | undefined {
  const { doors, notBeforeMs, expiresMs } = token
  const isOpen = doors.includes(door)
  const isEarly = nowMs < notBeforeMs
  const isLate = expiresMs !== null && nowMs >= expiresMs
  return isOpen && !isEarly && !isLate ? token : undefined
}

type Source = Pick<CheckedToken, 'hash' | 'needs' | 'mark'>

function grantOf(
  { name, scope, notBeforeMs, expiresMs, forward }: PolicyToken,
  cluster: ClusterConfig,
  head: PolicyHead,
  source: Source,
): CheckedToken {
  const grant = { cluster, visible: visibleOf(head, scope), mayForward: forward }
  return { name, grant, fromMs: notBeforeMs, untilMs: expiresMs ?? Number.POSITIVE_INFINITY, ...source }
}

async function checkMinted(
  text: string,
  cluster: ClusterConfig,
  head: PolicyHead,
  source: Source,
  edge: Edge,
): Promise<TokenCheck> {
  const nowMs = edge.clock.now()
  const expected = { cluster: cluster.id, policy: head, agentKeys: cluster.keys, nowMs }
  const minted = await verifyMintedToken(text, expected)
  if (!minted) return 'invalid'
  const visible = minted.scope === 'all' ? minted.scope : new Set(minted.scope)
  const grant = { cluster, visible, mayForward: minted.key.forward }
  const { name } = minted.key
  return { name, grant, fromMs: Number.NEGATIVE_INFINITY, untilMs: minted.expiresMs, ...source }
}
