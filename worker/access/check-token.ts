import { clusterOfMintedToken, verifyMintedToken } from '../../snapshot/policy/minted-token.ts'
import type { PolicyHead, PolicyToken } from '../../snapshot/policy/schema.ts'
import { clusterOfToken, hashToken, tokenShard } from '../../snapshot/policy/token.ts'
import { freshnessOf } from '../answer/freshness.ts'
import { policyNeed, tokensNeed } from '../answer/needs.ts'
import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import type { Tasks } from '../ports.ts'
import type { CheckedToken } from './caller.ts'
import type { PresentedToken } from './presented.ts'
import { visibleOf } from './scopes.ts'

/** The result for a token: 'invalid' for every fault of the token, 'unavailable' if its cluster's policy cannot be had. */
export type TokenCheck = CheckedToken | 'invalid' | 'unavailable'

/**
 * Checks a token against the policy in force of its cluster. Hashes the token whether or not it has the form of one, so
 * that the time does not tell a malformed token from an unknown one.
 */
export async function checkToken(
  { text, door }: PresentedToken,
  edge: Edge,
  tasks: Tasks,
): Promise<TokenCheck> {
  const hash = await hashToken(text)
  const id = clusterOfToken(text) ?? clusterOfMintedToken(text)
  const cluster = edge.config.clusters.find((each) => each.id === id)
  if (!cluster || edge.config.deny.has(hash)) return 'invalid'
  const view = await edge.reader.view(cluster, tasks)
  if (!view || freshnessOf(view.root, edge.clock.now()) === 'expired') return 'unavailable'
  const { policy } = view.root
  if (!policy) return 'invalid'
  const isMinted = text.includes('.')
  const head = policyNeed(view.root)
  const shard = tokensNeed(view.root, tokenShard(hash, policy.tokens.bits))
  const needs = isMinted ? [head] : [head, shard]
  const opened = await edge.reader.open(view, needs, tasks)
  if (opened === 'missing') return 'unavailable'
  const { policy: headBlob, tokens } = opened
  if (headBlob?.kind !== 'policy') return 'unavailable'
  const source = { hash, needs, mark: view.mark }
  if (isMinted) return checkMinted(text, cluster, headBlob, source, edge)
  const token = tokens?.kind === 'tokens' ? tokens.tokens.get(hash) : undefined
  if (!token?.doors.includes(door)) return 'invalid'
  return checkTimes(token, { cluster, head: headBlob }, source, edge)
}

type Source = Pick<CheckedToken, 'hash' | 'needs' | 'mark'>

function checkTimes(
  { name, scope, notBeforeMs, expiresMs, forward }: PolicyToken,
  { cluster, head }: { readonly cluster: ClusterConfig; readonly head: PolicyHead },
  source: Source,
  edge: Edge,
): TokenCheck {
  const nowMs = edge.clock.now()
  const untilMs = expiresMs ?? Number.POSITIVE_INFINITY
  if (nowMs < notBeforeMs || nowMs >= untilMs) return 'invalid'
  const grant = { cluster, visible: visibleOf(head, scope), mayForward: forward }
  return { name, grant, fromMs: notBeforeMs, untilMs, ...source }
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
