import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { signCms } from './sign-cms.ts'
import type { Signer } from './signer.ts'

const dir = mkdtempSync(join(tmpdir(), 'kubedoh-sign-'))
after(() => rmSync(dir, { recursive: true }))
const at = (file: string): string => join(dir, file)
const now = new Date()
const content = Buffer.from('<plist>é</plist>\n')

/** Whether openssl is missing, as the reason to skip; in CI it has to be there. */
const skip =
  spawnSync('openssl', ['version']).error && process.env.CI !== 'true' ? 'openssl is not installed' : false

function signerOf(name: string, ...keyOptions: string[]): Signer {
  const [key, cert] = [at(`${name}.key`), at(`${name}.pem`)]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      ...keyOptions,
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
    ],
    { stdio: 'ignore' },
  )
  return {
    key: createPrivateKey(readFileSync(key)),
    certificates: [new X509Certificate(readFileSync(cert))],
  }
}

const kinds: Readonly<Record<string, readonly string[]>> = {
  rsa: ['-newkey', 'rsa:2048'],
  'p-256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'p-384': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
}

for (const [name, options] of Object.entries(kinds)) {
  test(`openssl verifies a signature by a key of type ${name}, and refuses changed bytes`, { skip }, () => {
    const signed = signCms(content, signerOf(name, ...options), now)
    const verify = (bytes: Uint8Array): ReturnType<typeof spawnSync> => {
      writeFileSync(at(`${name}.der`), bytes)
      const files = ['-in', at(`${name}.der`), '-CAfile', at(`${name}.pem`), '-out', at(`${name}.out`)]
      return spawnSync('openssl', [
        'cms',
        '-verify',
        '-binary',
        '-inform',
        'DER',
        '-purpose',
        'any',
        ...files,
      ])
    }
    const { status, stderr } = verify(signed)
    assert.equal(status, 0, String(stderr))
    assert.deepEqual(readFileSync(at(`${name}.out`)), content)
    const changed = Uint8Array.from(signed)
    const position = Buffer.from(signed).indexOf(content) + 1
    changed[position] = (changed[position] ?? 0) ^ 1
    assert.notEqual(verify(changed).status, 0)
  })
}

test('a key of a type that Apple’s systems do not verify is refused', { skip }, () => {
  const { certificates } = signerOf('other', '-newkey', 'rsa:2048')
  const { privateKey: key } = generateKeyPairSync('ed25519')
  assert.throws(() => signCms(content, { key, certificates }, now), { code: 'OPTION_SIGN_KEY' })
})
