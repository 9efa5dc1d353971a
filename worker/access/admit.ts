import { keyIdOf } from '../../snapshot/jws.ts'
import { clusterOfMintedToken } from '../../snapshot/policy/minted-token.ts'
import { freshnessOf } from '../answer/freshness.ts'
import { hashAt } from '../answer/needs.ts'
import type { Visible } from '../answer/visible.ts'
import { type Zones, zonesOfGrants } from '../answer/zone.ts'
import type { Edge } from '../edge.ts'
import { notFound } from '../http/plain-response.ts'
import type { DohResponse } from '../http/request.ts'
import type { Limiter } from '../limit/limiter.ts'
import { tooManyRequests } from '../limit/too-many-requests.ts'
import type { Tasks } from '../ports.ts'
import { type Admitted, admittedBytes } from './access.ts'
import { type Caller, type CheckedToken, viewKey } from './caller.ts'
import { checkToken, type TokenCheck } from './check-token.ts'
import { type PresentedToken, presentedTokens } from './presented.ts'
import { policyUnavailable } from './refusals.ts'
import { unite } from './scopes.ts'

/** Minimum time between two such records (ms). Blobs stay hot for minutes. */
const reportEveryMs = 30_000

/** How many characters of a path that leads nowhere are hashed. */
const maxHashed = 100

/**
 * Decides who asks, before anything is said about what is asked. `segment` is the path's part after /dns-query/ ('' if
 * there is none), `network` the caller's network, which is undefined if it is not limited. Gives the caller, or the
 * response that refuses the request: the one 404 for every fault of a token and for every wrong path, 429 above a limit,
 * and 503 while the policy of a token's cluster cannot be read. Without a promise for a caller without a token, and for
 * tokens that were valid a moment ago.
 */
export function admit(
  segment: string,
  authorization: string | undefined,
  network: string | undefined,
  edge: Edge,
  tasks: Tasks,
): Caller | DohResponse | Promise<Caller | DohResponse> {
  const { access, limiter } = edge
  if (segment === '' && authorization === undefined)
    return withinLimit(access.anonymous, limiter.take('anonymous', network))
  const key = keyOf(segment, authorization)
  const known = access.admitted.get(key)
  if (known && isStillValid(known, edge, tasks)) return withinTokenLimits(known.caller, known.tokens, limiter)
  const tokens = presentedTokens(segment, authorization)
  return tokens ? admitTokens(tokens, key, network, edge, tasks) : refuse(key, network, edge, tasks)
}

/**
 * The holder of tokens that were admitted before a wait whose length the client decides. Checks them again if the policy
 * has changed since, or their time has passed. The network's limits do not count them again.
 */
export function readmit(
  segment: string,
  authorization: string | undefined,
  edge: Edge,
  tasks: Tasks,
): Caller | DohResponse | Promise<Caller | DohResponse> {
  const key = keyOf(segment, authorization)
  const known = edge.access.admitted.get(key)
  if (known && isStillValid(known, edge, tasks)) return known.caller
  const tokens = presentedTokens(segment, authorization)
  return tokens ? admitTokens(tokens, key, undefined, edge, tasks) : notFound
}

/** No segment has a slash, so that no other pair of segment and header has the same key. */
function keyOf(segment: string, authorization: string | undefined): string {
  return authorization === undefined ? segment : `${segment}/${authorization}`
}

/**
 * The response to everything that is not valid, such as a path that leads nowhere: 404, or 429 for a network with too
 * many of these. It takes the time of checking one token.
 */
export async function refuse(
  text: string,
  network: string | undefined,
  edge: Edge,
  tasks: Tasks,
): Promise<DohResponse> {
  await checkToken({ text: text.slice(0, maxHashed), door: 'path' }, edge, tasks)
  return withinLimit(notFound, edge.limiter.take('failure', network))
}

/**
 * Whether the blobs that made the tokens valid are still those of the roots in force, and the tokens' time has not
 * passed. Records now and then that the blobs are in use, so that they are read before a new root is adopted.
 */
function isStillValid(admitted: Admitted, edge: Edge, tasks: Tasks): boolean {
  const nowMs = edge.clock.now()
  const isReportDue = nowMs - admitted.reportedAtMs >= reportEveryMs
  for (const { grant, fromMs, untilMs, needs, mark } of admitted.tokens) {
    const view = edge.reader.view(grant.cluster, tasks)
    if (!view || !('mark' in view) || nowMs < fromMs || nowMs >= untilMs) return false
    if (freshnessOf(view.root, nowMs) === 'expired') return false
    if (view.mark !== mark && needs.some(({ slot, hash }) => hashAt(view.root, slot) !== hash)) return false
    if (isReportDue) edge.reader.used(view, needs)
  }
  if (isReportDue) admitted.reportedAtMs = nowMs
  return true
}

async function admitTokens(
  presented: readonly PresentedToken[],
  key: string,
  network: string | undefined,
  edge: Edge,
  tasks: Tasks,
): Promise<Caller | DohResponse> {
  const waits = presented.map(({ text }) => takeSignature(text, network, edge.limiter))
  const waitMs = Math.max(...(await Promise.all(waits)))
  if (waitMs > 0) return tooManyRequests(waitMs)
  const checks = await Promise.all(presented.map((token) => checkToken(token, edge, tasks)))
  if (checks.includes('invalid')) return withinLimit(notFound, edge.limiter.take('failure', network))
  const tokens = checks.filter((check): check is Exclude<TokenCheck, string> => typeof check !== 'string')
  if (tokens.length < checks.length) return policyUnavailable
  const caller = await callerOf(tokens, edge)
  const admitted = { caller, tokens, reportedAtMs: Number.NEGATIVE_INFINITY }
  // A holder could spell one token with any number of spaces, and so push all others out of the memory.
  if (!key.includes('  '))
    edge.access.admitted.set(key, admitted, admittedBytes(key, unitedNames(caller, tokens)))
  return withinTokenLimits(caller, tokens, edge.limiter)
}

/**
 * Counts a minted token before its signature is verified, since that costs much more than a look-up: whatever its result,
 * for the network and the key that the token names. So failures of others in the network do not keep out a holder,
 * unless they name the same key. A key that the policy does not have is refused without a signature.
 */
function takeSignature(
  text: string,
  network: string | undefined,
  limiter: Limiter,
): number | Promise<number> {
  if (network === undefined || clusterOfMintedToken(text) === undefined) return 0
  return limiter.take('failure', `${network} ${keyIdOf(text)}`)
}

async function callerOf(tokens: readonly CheckedToken[], edge: Edge): Promise<Caller> {
  const grants = new Map<string, Visible>()
  for (const { grant } of tokens) {
    const { id } = grant.cluster
    const other = grants.get(id)
    grants.set(id, other === undefined ? grant.visible : unite(other, grant.visible))
  }
  return {
    zones: zonesFor([...grants.keys()], edge),
    grants,
    view: await viewKey(grants),
    mayForward: tokens.some(({ grant }) => grant.mayForward),
    tokenNames: tokens.map(({ name }) => name),
  }
}

/** How many names of namespaces are in sets that were made for this caller. */
function unitedNames({ grants }: Caller, tokens: readonly CheckedToken[]): number {
  const given = new Set(tokens.map(({ grant }) => grant.visible))
  let names = 0
  for (const visible of grants?.values() ?? [])
    if (visible !== 'all' && !given.has(visible)) names += visible.size
  return names
}

function zonesFor(ids: readonly string[], { access, config }: Edge): Zones {
  const key = ids.join(' ')
  const known = access.zones.get(key)
  if (known) return known
  const zones = zonesOfGrants(ids.flatMap((id) => config.clusters.find((cluster) => cluster.id === id) ?? []))
  access.zones.set(key, zones, 1)
  return zones
}

/** The value, or 429 if the time to wait is above 0. Without a promise if the limiter needs none. */
function withinLimit<T>(
  value: T,
  waitMs: number | Promise<number>,
): T | DohResponse | Promise<T | DohResponse> {
  if (typeof waitMs !== 'number') return waitMs.then((ms) => withinLimit(value, ms))
  return waitMs > 0 ? tooManyRequests(waitMs) : value
}

/** The caller, or 429 if one of its tokens is above its limit. */
function withinTokenLimits(
  caller: Caller,
  tokens: readonly CheckedToken[],
  limiter: Limiter,
): Caller | DohResponse | Promise<Caller | DohResponse> {
  const [only, another] = tokens
  // The common case, without an array for each query.
  if (only && !another) return withinLimit(caller, limiter.take('token', only.hash))
  const waits = tokens.map(({ hash }) => limiter.take('token', hash))
  const inMemory = waits.filter((waitMs) => typeof waitMs === 'number')
  if (inMemory.length === waits.length) return withinLimit(caller, Math.max(...inMemory))
  return withinLimit(
    caller,
    Promise.all(waits).then((all) => Math.max(...all)),
  )
}
