import { toBase64Url } from '../dns/base64url.ts'
import { sha256 } from './blob.ts'
import { ProofError } from './errors.ts'
import { type JwsType, sign, verify } from './jws.ts'
import type { SigningKey, TrustedKeys } from './key.ts'
import { parseJson, readCount, readObject, readText } from './shape.ts'

/** The maximum age of a proof, and how far it may be ahead of the edge's clock (ms). */
export const maxProofAgeMs = 120_000

/** How long an edge remembers a nonce (ms): a proof is valid for `maxProofAgeMs` before and after its time. */
export const nonceLifeMs = 2 * maxProofAgeMs

/** The header that carries the proof of a request. */
export const proofHeader = 'kubedoh-proof'

/** The `typ` of a proof: requests of agents, and of edges that follow another one. One is never valid as the other. */
export type ProofType = Extract<JwsType, 'kubedoh-proof' | 'kubedoh-follow'>

/** The form of a nonce: long enough to be unique, short enough to be stored. */
const nonceForm = /^[A-Za-z0-9_-]{22,64}$/

/** The options of fetch for a request with a proof. It is never redirected, since a proof is for one path of one edge. */
export type ProvenRequest = {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: Uint8Array<ArrayBuffer> | string
  readonly signal: AbortSignal
  readonly redirect: 'error'
}

/** The claims of an agent, or of a follower, about one request. */
export type Proof = {
  readonly cluster: string
  readonly method: string
  /** Path of the URL, without query. */
  readonly path: string
  /** Origin of the edge's URL, such as https://edge.example.com. Agents of former releases leave it out. */
  readonly audience?: string | undefined
  /** SHA-256 of the body, base64url. */
  readonly bodyHash: string
  readonly bodyBytes: number
  readonly atMs: number
  /** 128 to 384 random bits, base64url; used once. */
  readonly nonce: string
}

/** The parts of a request that are known before its body is read. */
export type Expected = {
  readonly cluster: string
  readonly method: string
  readonly path: string
  /** The origins of this edge; undefined: proofs for any edge are accepted. */
  readonly audiences?: readonly string[] | undefined
  readonly keys: TrustedKeys
  readonly nowMs: number
  /** By default the proof of an agent. */
  readonly type?: ProofType
}

/** A request → the text for its proof header. `nowMs` is in the edge's time. */
export async function signProof(
  request: {
    readonly cluster: string
    readonly method: string
    readonly path: string
    readonly audience?: string | undefined
    readonly body: Uint8Array
  },
  key: SigningKey,
  nowMs: number,
  type: ProofType = 'kubedoh-proof',
): Promise<string> {
  const { cluster, method, path, audience, body } = request
  const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(16)))
  const proof: Proof = {
    cluster,
    method,
    path,
    audience,
    bodyHash: await sha256(body),
    bodyBytes: body.length,
    atMs: nowMs,
    nonce,
  }
  return sign(proof, type, key)
}

/**
 * A proof header → its claims. Checks everything except the body and whether the nonce was used before.
 * Throws ProofError: PROOF_MISSING, PROOF_UNVERIFIED, PROOF_MISPLACED (another cluster, method, path or edge),
 * PROOF_EXPIRED (more than 2 minutes old or ahead).
 */
export async function verifyProof(header: string | undefined, expected: Expected): Promise<Proof> {
  if (!header) throw new ProofError('PROOF_MISSING', `the request has no ${proofHeader} header`)
  const verified = await verify(header, expected.type ?? 'kubedoh-proof', expected.keys)
  if (!verified) throw new ProofError('PROOF_UNVERIFIED', 'the proof is not signed by a key of this cluster')
  const proof = readProof(verified.text)
  for (const field of ['cluster', 'method', 'path'] as const) {
    if (proof[field] === expected[field]) continue
    throw new ProofError(
      'PROOF_MISPLACED',
      `the proof is for ${field} ${proof[field]}, the request has ${expected[field]}`,
    )
  }
  checkAudience(proof.audience, expected.audiences)
  const age = expected.nowMs - proof.atMs
  if (Math.abs(age) > maxProofAgeMs) {
    throw new ProofError('PROOF_EXPIRED', `the proof is ${age} ms old, at most ${maxProofAgeMs} are allowed`)
  }
  return proof
}

/** Throws ProofError PROOF_MISPLACED if the edge has origins and the proof names none of them (RFC 8725 §3.9). */
function checkAudience(audience: string | undefined, origins: readonly string[] | undefined): void {
  if (origins === undefined || (audience !== undefined && origins.includes(audience))) return
  const own = origins.join(' or ')
  throw new ProofError(
    'PROOF_MISPLACED',
    audience === undefined
      ? `the proof names no edge, and this edge accepts only proofs for ${own}: update the agent`
      : `the proof is for ${audience}, this edge is ${own}`,
  )
}

/** Rejects with ProofError BODY_LENGTH or BODY_MISMATCH when the body is not the one that was signed. */
export async function checkBody(proof: Proof, body: Uint8Array): Promise<void> {
  if (body.length !== proof.bodyBytes) {
    throw new ProofError(
      'BODY_LENGTH',
      `the body has ${body.length} bytes, the proof says ${proof.bodyBytes}`,
    )
  }
  if ((await sha256(body)) !== proof.bodyHash) {
    throw new ProofError('BODY_MISMATCH', 'the hash of the body is not the one in the proof')
  }
}

function readProof(text: string): Proof {
  try {
    const proof = readObject(parseJson(text, 'the proof'), 'the proof')
    for (const field of ['cluster', 'method', 'path', 'bodyHash']) readText(proof[field], field)
    if (proof.audience !== undefined) readText(proof.audience, 'audience')
    for (const field of ['bodyBytes', 'atMs']) readCount(proof[field], field)
    if (!nonceForm.test(readText(proof.nonce, 'nonce'))) throw new TypeError('not a nonce')
    return proof as Proof
  } catch {
    throw new ProofError('PROOF_UNVERIFIED', 'the proof lacks a field, or a field is malformed')
  }
}
