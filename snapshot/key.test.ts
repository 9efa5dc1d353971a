import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign, verify } from './jws.ts'
import { generateKey, importPrivateKey, importTrustedKeys, keyId } from './key.ts'

// The example key of RFC 8037, appendix A, and its thumbprint.
const example = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
}
const exampleId = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'

test('the example key of RFC 8037 has the thumbprint of RFC 8037', async () => {
  assert.equal(await keyId(example.x), exampleId)
  const key = await importPrivateKey(example)
  assert.equal(key.kid, exampleId)
  assert.equal(key.publicKey, example.x)
  assert.deepEqual([...(await importTrustedKeys([example.x])).keys()], [exampleId])
})

test('the signature of RFC 8037, appendix A.4, verifies with it', async () => {
  const { compactVerify } = await import('jose')
  const jws =
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
  const key = (await importTrustedKeys([example.x])).get(exampleId)
  assert.ok(key)
  assert.equal(
    new TextDecoder().decode((await compactVerify(jws, key)).payload),
    'Example of Ed25519 signing',
  )
})

test('a signature of a new key verifies with its public key', async () => {
  const jwk = await generateKey()
  assert.deepEqual(Object.keys(jwk), ['kty', 'crv', 'x', 'd'])
  const key = await importPrivateKey(JSON.parse(JSON.stringify(jwk)))
  const keys = await importTrustedKeys([key.publicKey])
  const jws = await sign({ some: 'thing' }, 'kubedoh-proof', key)
  assert.deepEqual(await verify(jws, 'kubedoh-proof', keys), { text: '{"some":"thing"}', kid: key.kid })
  assert.notEqual((await generateKey()).d, jwk.d)
})

test('text that is not a private key is a TypeError', async () => {
  const other = await generateKey()
  const values: unknown[] = [
    undefined,
    null,
    'key',
    [],
    {},
    { ...example, d: undefined },
    { ...example, x: undefined },
    { ...example, kty: 'RSA' },
    { ...example, crv: 'X25519' },
    { ...example, d: '' },
    { ...example, d: 'abc' },
    { ...example, d: `${example.d}AAAA` },
    { ...example, x: 'abc' },
    { ...example, x: `${example.x}=` },
    // A public key that does not belong to the private one would give every root an id that no edge trusts.
    { ...example, x: other.x },
  ]
  for (const value of values) await assert.rejects(importPrivateKey(value), TypeError, JSON.stringify(value))
})

test('text that is not a public key is a TypeError that repeats it', async () => {
  // The last one has unused bits set: the same bytes, but another key id.
  for (const x of [
    '',
    'abc',
    '*'.repeat(43),
    `${example.x}=`,
    ` ${example.x}`,
    `${example.x}AA`,
    `${example.x.slice(0, -1)}p`,
  ]) {
    await assert.rejects(
      importTrustedKeys([example.x, x]),
      (error) => error instanceof TypeError && error.message.includes(`"${x}"`),
    )
  }
  assert.equal((await importTrustedKeys([])).size, 0)
  assert.equal((await importTrustedKeys([example.x, example.x])).size, 1)
})
