import { keyIdOf } from '../../snapshot/jws.ts'
import { clusterOfMintedToken } from '../../snapshot/policy/minted-token.ts'
import { freshnessOf } from '../answer/freshness.ts'
import type { Visible } from '../answer/visible.ts'
import { type Zones, zonesOfGrants } from '../answer/zone.ts'
import type { Edge } from '../edge.ts'
import type { Limiter } from '../limit/limiter.ts'
import type { Tasks } from '../ports.ts'
import type { Lru } from '../reader/lru.ts'
import { areIn } from '../reader/shard-hash.ts'
import { type Admitted, admittedBytes } from './access.ts'
import { type Caller, type CheckedToken, viewKey } from './caller.ts'
import { checkToken, type TokenCheck } from './check-token.ts'
import { type PresentedToken, presentedTokens } from './presented.ts'
import { isRefused, policyUnavailable, type Refused, tokenInvalid } from './refused.ts'
import { unite } from './scopes.ts'

/** Minimum time between two such records (ms). Blobs stay hot for minutes. */
const reportEveryMs = 30_000

/** How many characters of a path that leads nowhere are hashed. */
const maxHashed = 100

/**
 * Decides who sends an HTTP request, before anything is said about what is asked. `segment` is the path's part after
 * /dns-query/ ('' if there is none), `network` the caller's network, which is undefined if it is not limited. Gives the
 * caller, or why the request is refused. Without a promise for a caller without a token, and for tokens that were valid a
 * moment ago.
 */
export function admit(
  segment: string,
  authorization: string | undefined,
  network: string | undefined,
  edge: Edge,
  tasks: Tasks,
): Caller | Refused | Promise<Caller | Refused> {
  const { access, limiter } = edge
  if (segment === '' && authorization === undefined)
    return withinLimit(access.anonymous, limiter.take('anonymous', network))
  const key = keyOf(segment, authorization)
  const tokens = (): readonly PresentedToken[] | undefined => presentedTokens(segment, authorization)
  return admitHolder(access.admitted, key, tokens, network, edge, tasks)
}

/**
 * The holder of tokens, or why they are refused. `admitted` remembers holders by what they present at this door, the
 * `key`; `read` gives the tokens in it, or undefined if it cannot be tokens. Without a promise for tokens that were valid
 * a moment ago.
 */
export function admitHolder(
  admitted: Lru<Admitted>,
  key: string,
  read: () => readonly PresentedToken[] | undefined,
  network: string | undefined,
  edge: Edge,
  tasks: Tasks,
): Caller | Refused | Promise<Caller | Refused> {
  const known = admitted.get(key)
  if (known && isStillValid(known, edge, tasks))
    return withinTokenLimits(known.caller, known.tokens, edge.limiter)
  const tokens = read()
  return tokens ? admitTokens(tokens, admitted, key, network, edge, tasks) : refuse(key, network, edge, tasks)
}

/**
 * The holder of tokens that were admitted before a wait whose length the client decides. Checks them again if the policy
 * has changed since, or their time has passed. No limit counts them again: the request was counted when it began.
 */
export function readmit(
  segment: string,
  authorization: string | undefined,
  edge: Edge,
  tasks: Tasks,
): Caller | Refused | Promise<Caller | Refused> {
  const key = keyOf(segment, authorization)
  const known = edge.access.admitted.get(key)
  if (known && isStillValid(known, edge, tasks)) return known.caller
  const tokens = presentedTokens(segment, authorization)
  if (!tokens) return tokenInvalid
  return checkTokens(tokens, edge.access.admitted, key, edge, tasks).then((checked) =>
    isRefused(checked) ? checked : checked.caller,
  )
}

/** No segment has a slash, so that no other pair of segment and header has the same key. */
function keyOf(segment: string, authorization: string | undefined): string {
  return authorization === undefined ? segment : `${segment}/${authorization}`
}

/**
 * The refusal of everything that is not valid, such as a path that leads nowhere. It counts against the limit of the
 * network. It takes the time of checking one token.
 */
export async function refuse(
  text: string,
  network: string | undefined,
  edge: Edge,
  tasks: Tasks,
): Promise<Refused> {
  await checkToken({ text: text.slice(0, maxHashed), door: 'path' }, edge, tasks)
  return withinLimit(tokenInvalid, edge.limiter.take('failure', network))
}

/**
 * Whether the blobs that made the tokens valid are still those of the roots in force, and the tokens' time has not
 * passed. Records now and then that the blobs are in use, so that they are read before a new root is adopted.
 */
function isStillValid(admitted: Admitted, edge: Edge, tasks: Tasks): boolean {
  const nowMs = edge.clock.now()
  const isReportDue = nowMs - admitted.reportedAtMs >= reportEveryMs
  for (const { grant, fromMs, untilMs, needs, mark } of admitted.tokens) {
    const view = edge.reader.view(grant.cluster, tasks, nowMs)
    if (!view || !('mark' in view) || nowMs < fromMs || nowMs >= untilMs) return false
    if (freshnessOf(view.root, nowMs) === 'expired') return false
    if (view.mark !== mark && !areIn(view, needs)) return false
    if (isReportDue) edge.reader.used(view, needs)
  }
  if (isReportDue) admitted.reportedAtMs = nowMs
  return true
}

async function admitTokens(
  presented: readonly PresentedToken[],
  memory: Lru<Admitted>,
  key: string,
  network: string | undefined,
  edge: Edge,
  tasks: Tasks,
): Promise<Caller | Refused> {
  const waits = presented.map(({ text }) => takeSignature(text, network, edge.limiter))
  const waitMs = Math.max(...(await Promise.all(waits)))
  if (waitMs > 0) return overLimit(waitMs)
  const checked = await checkTokens(presented, memory, key, edge, tasks)
  if (checked === tokenInvalid) return withinLimit(tokenInvalid, edge.limiter.take('failure', network))
  return isRefused(checked) ? checked : withinTokenLimits(checked.caller, checked.tokens, edge.limiter)
}

/** Checks tokens, whatever the limits are, and remembers their holder. */
async function checkTokens(
  presented: readonly PresentedToken[],
  memory: Lru<Admitted>,
  key: string,
  edge: Edge,
  tasks: Tasks,
): Promise<Admitted | Refused> {
  const checks = await Promise.all(presented.map((token) => checkToken(token, edge, tasks)))
  if (checks.includes('invalid')) return tokenInvalid
  const tokens = checks.filter((check): check is Exclude<TokenCheck, string> => typeof check !== 'string')
  if (tokens.length < checks.length) return policyUnavailable
  const caller = await callerOf(tokens, edge)
  const admitted = { caller, tokens, reportedAtMs: Number.NEGATIVE_INFINITY }
  // A holder could spell one token with any number of spaces, and so push all others out of the memory.
  if (!key.includes('  ')) memory.set(key, admitted, admittedBytes(key, unitedNames(caller, tokens)))
  return admitted
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
    source: undefined,
    tokenNames: tokens.map(({ name }) => name),
    untilMs: Math.min(...tokens.map(({ untilMs }) => untilMs)),
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

function overLimit(waitMs: number): Refused {
  return { refused: 'over-limit', waitMs }
}

/** The value, or a refusal if the time to wait is above 0. Without a promise if the limiter needs none. */
export function withinLimit<T>(
  value: T,
  waitMs: number | Promise<number>,
): T | Refused | Promise<T | Refused> {
  if (typeof waitMs !== 'number') return waitMs.then((ms) => withinLimit(value, ms))
  return waitMs > 0 ? overLimit(waitMs) : value
}

/** The caller, or a refusal if one of its tokens is above its limit. */
function withinTokenLimits(
  caller: Caller,
  tokens: readonly CheckedToken[],
  limiter: Limiter,
): Caller | Refused | Promise<Caller | Refused> {
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
