import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, compactVerify } from 'jose'
import { keyIdOf, sign, verify } from './jws.ts'
import { generateKey, importPrivateKey, importTrustedKeys } from './key.ts'

const key = await importPrivateKey(await generateKey())
const keys = await importTrustedKeys([key.publicKey])
const good = { alg: 'EdDSA', typ: 'kubedoh-root', kid: key.kid }

/** A JWS with any header, whose signature is right. */
async function signed(header: unknown, payload = '{}'): Promise<string> {
  const text = [JSON.stringify(header), payload].map((part) => base64url.encode(part)).join('.')
  const bytes = await crypto.subtle.sign('Ed25519', key.privateKey, new TextEncoder().encode(text))
  return `${text}.${base64url.encode(new Uint8Array(bytes))}`
}

test('a JWS of ours is valid for this library and for jose', async () => {
  const jws = await sign({ a: 'é' }, 'kubedoh-root', key)
  assert.deepEqual(await verify(jws, 'kubedoh-root', keys), { text: '{"a":"é"}', kid: key.kid })
  const { payload, protectedHeader } = await compactVerify(jws, keys.get(key.kid) as CryptoKey)
  assert.deepEqual([new TextDecoder().decode(payload), protectedHeader], ['{"a":"é"}', good])
})

test('with another header, a right signature is refused', async () => {
  assert.ok(await verify(await signed(good), 'kubedoh-root', keys))
  const wrong: unknown[] = [
    { ...good, alg: 'none' },
    { ...good, alg: 'HS256' },
    { ...good, alg: undefined },
    { ...good, typ: 'kubedoh-proof' },
    { ...good, typ: undefined },
    { ...good, kid: 'x' },
    { ...good, kid: [key.kid] },
    { ...good, crit: ['b64'], b64: false },
    { ...good, crit: [] },
    [good],
    null,
    'text',
  ]
  for (const header of wrong)
    assert.equal(await verify(await signed(header), 'kubedoh-root', keys), undefined, JSON.stringify(header))
})

test('no part of a JWS can be changed', async () => {
  const jws = await signed(good, '{"generation":1}')
  for (let at = 0; at < jws.length; at++) {
    const changed = jws.slice(0, at) + (jws[at] === 'A' ? 'Q' : 'A') + jws.slice(at + 1)
    assert.equal(await verify(changed, 'kubedoh-root', keys), undefined, `character ${at}`)
  }
})

test('the key ID is read from any header that has one', async () => {
  assert.equal(keyIdOf(await signed({ kid: 'x' })), 'x')
  for (const text of ['', '.', 'a', '!.x.y', await signed({ kid: 1 }), await signed(null)])
    assert.equal(keyIdOf(text), undefined, text)
})
