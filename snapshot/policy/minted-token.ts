import { decodeBase64Url } from '../../dns/base64url.ts'
import { sign, verify } from '../jws.ts'
import { importTrustedKeys, type SigningKey } from '../key.ts'
import { isClusterId } from '../keys.ts'
import type { MintingKey, PolicyHead, Scope } from './schema.ts'
import { intersectScopes } from './scope.ts'

/** The longest minted token. With names of 20 characters it has about 50 namespaces; a URL's path may have four. */
export const maxMintedTokenLength = 2_048

/** How far ahead of the reader's clock a token may be issued (ms): machines' clocks differ. */
export const maxMintedSkewMs = 30_000

/** The claims of a minted token (RFC 7519 §4.1): exactly these, in this order. */
export type MintedClaims = {
  /** The cluster's ID. */
  readonly aud: string
  /** When it was issued, and when it ends: whole seconds, Unix time. */
  readonly iat: number
  readonly exp: number
  readonly namespaces: readonly string[]
}

/** The access that a valid minted token gives. */
export type MintedGrant = {
  /** The key that signed it. */
  readonly key: MintingKey
  /** The token's namespaces that are in the key's ceiling, sorted. */
  readonly scope: Scope
  /** The token is valid before this time (Unix ms). */
  readonly expiresMs: number
}

const signingType = 'kubedoh-token'

/** Header, claims and an Ed25519 signature, each in base64url (RFC 7515 §3.1). */
const form = /^([A-Za-z0-9_-]{1,200})\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]{86}$/

/** Claims → a token signed by a minting key. Throws RangeError when the token has more than `maxMintedTokenLength` characters. */
export async function mintToken(
  { aud, iat, exp, namespaces }: MintedClaims,
  key: SigningKey,
): Promise<string> {
  const token = await sign({ aud, iat, exp, namespaces }, signingType, key)
  if (token.length > maxMintedTokenLength)
    throw new RangeError(
      `the token has ${token.length} characters, the limit is ${maxMintedTokenLength}; name fewer namespaces`,
    )
  return token
}

/**
 * A text → the cluster that it claims to be for, or undefined for a text that does not have a minted token's form.
 * Nothing is verified.
 */
export function clusterOfMintedToken(text: string): string | undefined {
  return readForm(text)?.claims.aud
}

/** A text → when the token ends as it claims (Unix ms), or undefined without a minted token's form. Nothing is verified. */
export function expiryOfMintedToken(text: string): number | undefined {
  const claims = readForm(text)?.claims
  return claims && claims.exp * 1000
}

/**
 * A text → the access that it gives by this policy now, or undefined when it is not a valid token of the cluster, for any
 * reason. The signature is checked last.
 */
export async function verifyMintedToken(
  text: string,
  expected: {
    readonly cluster: string
    readonly policy: Pick<PolicyHead, 'minting' | 'scopes'>
    /** The public keys that sign the cluster's snapshots. They never mint, even if the policy lists one. */
    readonly agentKeys: readonly string[]
    readonly nowMs: number
  },
): Promise<MintedGrant | undefined> {
  const { cluster, policy, agentKeys, nowMs } = expected
  const read = readForm(text)
  const key = policy.minting.find(({ kid }) => kid === read?.kid)
  const ceiling = key && policy.scopes[key.scope]
  if (!read || !key || ceiling === undefined || read.claims.aud !== cluster) return undefined
  if (agentKeys.includes(key.key) || !isInForce(read.claims, key, nowMs)) return undefined
  // This checks as well that the key's ID is its own.
  const keys = await importTrustedKeys([key.key]).catch(() => new Map<string, CryptoKey>())
  if (!(await verify(text, signingType, keys))) return undefined
  const names = [...new Set(read.claims.namespaces)].toSorted()
  return { key, scope: intersectScopes(names, ceiling), expiresMs: read.claims.exp * 1000 }
}

function isInForce({ iat, exp }: MintedClaims, { maxSeconds }: MintingKey, nowMs: number): boolean {
  const isShort = iat < exp && exp - iat <= maxSeconds
  return isShort && iat * 1000 <= nowMs + maxMintedSkewMs && nowMs < exp * 1000
}

/** The header's key ID and the claims; undefined unless both have exactly the fields of a minted token. */
function readForm(text: string): { readonly kid: string; readonly claims: MintedClaims } | undefined {
  if (text.length > maxMintedTokenLength) return undefined
  const parts = form.exec(text)
  if (!parts) return undefined
  const [, header = '', payload = ''] = parts
  const kid = readHeader(decodeJson(header))
  const claims = kid === undefined ? undefined : readClaims(decodeJson(payload))
  return kid !== undefined && claims ? { kid, claims } : undefined
}

function readHeader(value: unknown): string | undefined {
  const { alg, typ, kid, ...others } = fieldsOf(value)
  const isHeader = alg === 'EdDSA' && typ === signingType && Object.keys(others).length === 0
  return isHeader && typeof kid === 'string' ? kid : undefined
}

/** A claim that is not known here, such as nbf, could restrict the token: such a token is not valid. */
function readClaims(value: unknown): MintedClaims | undefined {
  const { aud, iat, exp, namespaces, ...others } = fieldsOf(value)
  if (Object.keys(others).length > 0 || typeof aud !== 'string' || !isClusterId(aud)) return undefined
  if (!isCount(iat) || !isCount(exp) || !isNameList(namespaces)) return undefined
  return { aud, iat, exp, namespaces }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isNameList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string')
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function decodeJson(text: string): unknown {
  const bytes = decodeBase64Url(text)
  try {
    return bytes && JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
