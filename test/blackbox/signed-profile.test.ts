import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { clusterObjects } from '../clients/services.ts'
import { waitFor } from '../wait-for.ts'
import { startNodeEdge } from './node-edge.ts'
import { newKey, publishThrough } from './publish.ts'

/** The profile for Apple devices on the set-up page of a self-hosted edge with --sign-key and --sign-cert. */

const dir = mkdtempSync(join(tmpdir(), 'kubedoh-signed-'))
after(() => rmSync(dir, { recursive: true }))
const at = (file: string): string => join(dir, file)
const skip =
  spawnSync('openssl', ['version']).error && process.env.CI !== 'true' ? 'openssl is not installed' : false

/** Writes a key and its certificate for a name. */
function issue(name: string): void {
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, '-subj', `/CN=${name}`],
    {
      stdio: 'ignore',
    },
  )
}

function use(name: string): void {
  for (const kind of ['key', 'pem']) cpSync(at(`${name}.${kind}`), at(`sign.${kind}`))
}

/** The content of a signed profile, if the certificate of a name verifies it. */
function verified(bytes: Uint8Array, name: string): string | undefined {
  writeFileSync(at('profile.der'), bytes)
  const trust = ['-CAfile', at(`${name}.pem`), '-purpose', 'any']
  const files = ['-in', at('profile.der'), '-out', at('profile.xml')]
  const { status } = spawnSync('openssl', ['cms', '-verify', '-binary', '-inform', 'DER', ...trust, ...files])
  return status === 0 ? readFileSync(at('profile.xml'), 'utf8') : undefined
}

for (const workers of ['1', '2'])
  test(`the set-up page serves a signed profile, and a renewed key signs later ones: ${workers} workers`, {
    skip,
  }, async () => {
    issue('first')
    issue('second')
    use('first')
    const key = await newKey()
    const cluster = { id: 'dev', keys: [key.publicKey], zones: ['cluster.local', 'k8s.example.com'] }
    const signing = [`--sign-key=${at('sign.key')}`, `--sign-cert=${at('sign.pem')}`, `--workers=${workers}`]
    const edge = await startNodeEdge({ public: true, clusters: [cluster] }, signing)
    try {
      await publishThrough(edge.fetch, edge.url, 'dev', key, clusterObjects())
      const download = async (): Promise<Uint8Array> => {
        const response = await edge.fetch(`${edge.url}/setup/-/kubedoh.mobileconfig`)
        assert.equal(response.status, 200)
        assert.equal(response.headers.get('content-type'), 'application/x-apple-aspen-config')
        return new Uint8Array(await response.arrayBuffer())
      }
      const profile = verified(await download(), 'first') ?? assert.fail('it is not signed by the first key')
      assert.match(profile, /<string>k8s\.example\.com<\/string>/)
      use('second')
      await waitFor('the second key signs', async () => verified(await download(), 'second') !== undefined)
      for (let count = 0; count < 4; count++) assert.ok(verified(await download(), 'second'))
    } finally {
      await edge.stop()
    }
  })
