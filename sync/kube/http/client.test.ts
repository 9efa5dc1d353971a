import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { KubeconfigError } from '../../kubeconfig/errors.ts'
import { loadKube } from './client.ts'

const dir = await mkdtemp(join(tmpdir(), 'kubedoh-kube-'))
after(() => rm(dir, { recursive: true }))

async function kubeconfig(content: object | string): Promise<string> {
  const file = join(dir, 'kubeconfig')
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

const good = {
  'current-context': 'dev',
  clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1', 'insecure-skip-tls-verify': true } }],
  users: [{ name: 'u', user: { token: 't' } }],
  contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u' } }],
}

test('the error for an unusable kubeconfig has the file and the fault', async () => {
  const cases: [object | string, RegExp][] = [
    ['{ not yaml', /kubeconfig:1:11: neither YAML nor JSON/],
    [{}, /no current context/],
    [{ ...good, 'current-context': 'prod' }, /no context "prod", there is dev/],
    [{ ...good, clusters: [] }, /names a cluster that is not in it/],
  ]
  for (const [content, message] of cases) {
    const file = await kubeconfig(content)
    const expected = (error: unknown): boolean =>
      error instanceof KubeconfigError && error.code === 'KUBECONFIG_INVALID' && message.test(error.message)
    assert.throws(() => loadKube({ kubeconfig: file }), expected, String(message))
  }
})

test('the error for a missing kubeconfig has its path', () => {
  assert.throws(() => loadKube({ kubeconfig: '/nowhere/config' }), {
    code: 'KUBECONFIG_INVALID',
    message: /^\/nowhere\/config: ENOENT/,
  })
})

test('the requested context is used', async () => {
  const file = await kubeconfig({ ...good, 'current-context': '' })
  assert.equal(loadKube({ kubeconfig: file, context: 'dev' }).server, 'http://127.0.0.1:1')
  assert.throws(() => loadKube({ kubeconfig: file, context: 'prod' }), /no context "prod"/)
})

test('the error for an unreachable API has its URL', async () => {
  const kube = loadKube({ kubeconfig: await kubeconfig(good) })
  await assert.rejects(kube.get('/version', new AbortController().signal), {
    code: 'KUBE_UNREACHABLE',
    message: /^http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
  })
})

test('an aborted request rejects with the reason of the abort', async () => {
  const kube = loadKube({ kubeconfig: await kubeconfig(good) })
  const reason = new Error('enough')
  await assert.rejects(kube.get('/version', AbortSignal.abort(reason)), reason)
})
