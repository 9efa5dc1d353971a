import { CompactSign } from 'jose'
import type { JwsType } from './jws.ts'
import { generateKey, importPrivateKey, importTrustedKeys, type SigningKey, type TrustedKeys } from './key.ts'

/** A cluster's key, the keys that an edge trusts, and a key that it does not trust. */
export type Parties = {
  readonly agent: SigningKey
  readonly stranger: SigningKey
  readonly trusted: TrustedKeys
}

/** Makes the keys of a test. */
export async function makeParties(): Promise<Parties> {
  const [agent, stranger] = await Promise.all(
    [generateKey(), generateKey()].map(async (jwk) => importPrivateKey(await jwk)),
  )
  if (!agent || !stranger) throw new Error('no keys')
  return { agent, stranger, trusted: await importTrustedKeys([agent.publicKey]) }
}

/** Signs a payload with any header. */
export function signAs(
  payload: unknown,
  header: Readonly<Record<string, unknown>>,
  key: SigningKey,
): Promise<string> {
  const bytes = new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload))
  return new CompactSign(bytes).setProtectedHeader(header as { alg: string }).sign(key.privateKey)
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Forgeries of a signed text of the given type: a description, and the text. None may verify. */
export async function forgeries(
  jws: string,
  payload: unknown,
  type: JwsType,
  { agent, stranger }: Parties,
): Promise<(readonly [what: string, jws: string])[]> {
  const [header = '', body = '', signature = ''] = jws.split('.')
  const other: JwsType = type === 'kubedoh-root' ? 'kubedoh-proof' : 'kubedoh-root'
  const good = { alg: 'EdDSA', typ: type, kid: agent.kid }
  const altered = encode({ ...(payload as object), cluster: 'other' })
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const looser = alphabet[alphabet.indexOf(signature.at(-1) ?? '') + 1]
  const { createHmac } = await import('node:crypto')
  const symmetric = `${encode({ ...good, alg: 'HS256' })}.${body}`
  const mac = createHmac('sha256', Buffer.from(agent.publicKey, 'base64url'))
    .update(symmetric)
    .digest('base64url')
  return [
    ['nothing', ''],
    ['white space', ' \n'],
    ['no JWS', 'root'],
    ['JSON', JSON.stringify(payload)],
    ['a JWS as JSON', JSON.stringify({ protected: header, payload: body, signature })],
    ['empty parts', '..'],
    ['two parts', `${header}.${body}`],
    ['four parts', `${jws}.`],
    ['five parts', `${jws}..`],
    ['no signature', `${header}.${body}.`],
    ['no algorithm', `${encode({ ...good, alg: 'none' })}.${body}.`],
    ['no algorithm, signed', `${encode({ ...good, alg: 'none' })}.${body}.${signature}`],
    ['the public key as a secret', `${symmetric}.${mac}`],
    ['another payload', `${header}.${altered}.${signature}`],
    ['another header', `${encode({ ...good, x: 1 })}.${body}.${signature}`],
    ['a signature of zeros', `${header}.${body}.${'A'.repeat(86)}`],
    [
      'a changed signature',
      `${header}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    ],
    ['a short signature', `${header}.${body}.${signature.slice(0, -1)}`],
    ['loose bits behind the signature', jws.slice(0, -1) + looser],
    ['padding', `${jws}==`],
    ['a line break behind', `${jws}\n`],
    ['a space in front', ` ${jws}`],
    ['a space within', `${jws.slice(0, -9)} ${jws.slice(-9)}`],
    ["a stranger's key under its own id", await signAs(payload, { ...good, kid: stranger.kid }, stranger)],
    ["a stranger's key under the agent's id", await signAs(payload, good, stranger)],
    ["the agent's key under a stranger's id", await signAs(payload, { ...good, kid: stranger.kid }, agent)],
    [
      'a key brought along',
      await signAs(
        payload,
        { ...good, kid: undefined, jwk: { kty: 'OKP', crv: 'Ed25519', x: stranger.publicKey } },
        stranger,
      ),
    ],
    ['no key id', await signAs(payload, { alg: 'EdDSA', typ: type }, agent)],
    ['a key id of JavaScript', await signAs(payload, { ...good, kid: '__proto__' }, agent)],
    ['no type', await signAs(payload, { alg: 'EdDSA', kid: agent.kid }, agent)],
    ['the other type', await signAs(payload, { ...good, typ: other }, agent)],
    ['a type in capitals', await signAs(payload, { ...good, typ: type.toUpperCase() }, agent)],
    ['another name of the algorithm', await signAs(payload, { ...good, alg: 'Ed25519' }, agent)],
  ]
}
