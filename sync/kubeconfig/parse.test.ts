import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KubeconfigError } from './errors.ts'
import { parseKubeconfig } from './parse.ts'

function skipOf(text: string): unknown {
  const file = `clusters: [{name: c, cluster: {insecure-skip-tls-verify: ${text}}}]\ncurrent-context: x\n`
  const config = parseKubeconfig(Buffer.from(file), 'config')
  return config.clusters.get('c')?.fields['insecure-skip-tls-verify']
}

test('scalars follow YAML 1.1, as kubectl reads them', () => {
  assert.deepEqual(['yes', 'off', 'True', '"true"'].map(skipOf), [true, false, true, 'true'])
})

test('UTF-16 with a byte order mark is read, and documents after the first are ignored', () => {
  const text = '\ufeffcurrent-context: x\n---\ncurrent-context: y\n'
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(text, 'utf16le'),
    Buffer.from(text, 'utf16le').swap16(),
  ])
    assert.equal(parseKubeconfig(bytes, 'config').currentContext, 'x')
})

test('a syntax error has its file, line and column', () => {
  assert.throws(
    () => parseKubeconfig(Buffer.from('clusters: [\n'), 'config'),
    (error) => error instanceof KubeconfigError && error.message.startsWith('config:2:1: '),
  )
})
