import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { developmentCertificate } from '../../host/tls/development-certificate.ts'
import { UsageError } from './option-table.ts'
import { signingOf } from './signing-files.ts'

let dir: string
const at = (name: string): string => join(dir, name)
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-signing-'))
  for (const name of ['own', 'other']) await developmentCertificate(at(name), [])
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await writeFile(at('ed25519.pem'), privateKey, { mode: 0o600 })
  await writeFile(at('text.pem'), 'no key\n', { mode: 0o600 })
})
after(() => rm(dir, { recursive: true }))

const signing = (key: string | undefined, cert: string | undefined): ReturnType<typeof signingOf> =>
  signingOf({ 'sign-key': key && at(key), 'sign-cert': cert && at(cert) })

test('a key and its certificate are read, and read again', async () => {
  const found = await signing('own/server-key.pem', 'own/server.pem')
  assert.match(found?.pems.certPem ?? '', /BEGIN CERTIFICATE/)
  assert.deepEqual(found?.files, [at('own/server-key.pem'), at('own/server.pem')])
  assert.deepEqual(await found?.read(), found?.pems)
  assert.equal(await signing(undefined, undefined), undefined)
})

test('wrong files are wrong input, with the file in the message', async () => {
  const cases: readonly (readonly [key: string | undefined, cert: string | undefined, message: RegExp])[] = [
    ['own/server-key.pem', undefined, /need each other/],
    [undefined, 'own/server.pem', /need each other/],
    ['none.pem', 'own/server.pem', /cannot read --sign-key/],
    ['text.pem', 'own/server.pem', /text\.pem is not an unencrypted private key in PEM/],
    ['own/server-key.pem', 'text.pem', /text\.pem has no certificate in PEM/],
    ['own/server-key.pem', 'other/server.pem', /the first certificate in .*other.* is not that of the key/],
    ['ed25519.pem', 'own/server.pem', /is not that of the key/],
  ]
  for (const [key, cert, message] of cases)
    await assert.rejects(
      signing(key, cert),
      (error) => error instanceof UsageError && message.test(error.message),
      String(message),
    )
})
