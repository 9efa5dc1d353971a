import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readTarget } from './read-target.ts'
import { serviceAccountTarget } from './service-account.ts'
import type { CredentialsWorld } from './target.ts'

const dir = mkdtempSync(join(tmpdir(), 'kubedoh-target-'))
after(() => rmSync(dir, { recursive: true }))

const world: CredentialsWorld = {
  env: {},
  terminal: { stdin: false, stderr: false },
  log: { info: () => {}, warn: () => {} },
  nowMs: () => 0,
}

function write(name: string, content: string | Uint8Array): string {
  const file = join(dir, name)
  writeFileSync(file, content)
  return file
}

function yaml(host: string, user: string, current = 'x'): string {
  return `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://${host}"}}]
users: [{name: ${user}, user: {token: of-${user}}}]
contexts: [{name: x, context: {cluster: c, user: ${user}}}, {name: ${host}, context: {cluster: c, user: ${user}}}]
current-context: ${current}
`
}

test('a kubeconfig in UTF-8 or UTF-16 with a byte order mark and Windows line ends is read', () => {
  const text = `\ufeff${yaml('api', 'u').replaceAll('\n', '\r\n')}`
  const little = Buffer.from(text, 'utf16le')
  for (const bytes of [Buffer.from(text), little, Buffer.from(little).swap16()])
    assert.equal(readTarget({ kubeconfig: write('bom', bytes) }, world).server, 'https://api')
})

test('of several kubeconfigs, the first that has a name or a current context wins; missing ones are skipped', () => {
  const files = [join(dir, 'missing'), write('a', yaml('a', 'ua', '""')), write('b', yaml('b', 'ub', 'b'))]
  const merged = readTarget({ kubeconfig: files }, world)
  assert.deepEqual([merged.server, merged.user.token], ['https://a', 'of-ub'])
  assert.equal(readTarget({ kubeconfig: files, context: 'x' }, world).user.token, 'of-ua')
})

test('the error names a broken file among several, or all files when none exists', () => {
  const files = [write('good', yaml('a', 'u')), write('broken', 'clusters: {')]
  assert.throws(() => readTarget({ kubeconfig: files }, world), {
    message: /broken:[0-9]+:[0-9]+: neither YAML/,
  })
  assert.throws(() => readTarget({ kubeconfig: ['/n/a', '/n/b'] }, world), {
    code: 'KUBECONFIG_INVALID',
    message: 'no kubeconfig: there is no file /n/a, /n/b',
  })
})

test('outside of a pod and without a kubeconfig, the error is one line', () => {
  assert.throws(() => readTarget('in-cluster', world), {
    message: /^no cluster: this is no pod .*--kubeconfig FILE/,
  })
})

test('in a pod the mounted files are used; without them the error is one line', () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
  assert.throws(() => serviceAccountTarget({ env }, join(dir, 'none')), {
    message: /is not mounted: cannot read/,
  })
  const mount = join(dir, 'mount')
  mkdirSync(mount)
  for (const name of ['ca.crt', 'token']) writeFileSync(join(mount, name), 'x\n')
  const found = serviceAccountTarget({ env }, mount)
  assert.deepEqual([found.server, found.user.tokenFile], ['https://[fd00::1]:443', join(mount, 'token')])
})

test('in a pod, an API on a plain HTTP port needs no service account', () => {
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '8001' }
  const { server, caFile, user } = serviceAccountTarget({ env }, '/nowhere')
  assert.deepEqual([server, caFile, user], ['http://127.0.0.1:8001', undefined, { impersonation: {} }])
})
