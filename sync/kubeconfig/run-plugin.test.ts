import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPlugin } from './run-plugin.ts'
import type { ExecConfig } from './target.ts'

const never = new AbortController().signal

function plugin(script: string): ExecConfig {
  return {
    ...{ command: '/bin/sh', args: ['-c', script], env: { WORD: 'from the kubeconfig' } },
    ...{ apiVersion: 'client.authentication.k8s.io/v1', installHint: '' },
    ...{ provideClusterInfo: false, isInteractive: false },
  }
}

function run(script: string, { limitMs, signal = never }: { limitMs?: number; signal?: AbortSignal } = {}) {
  const lines: unknown[] = []
  const log = { info: (_message: string, fields?: object) => void lines.push(fields), warn: () => {} }
  const world = {
    ...{ env: { PATH: process.env.PATH, WORD: 'inherited' }, terminal: { stdin: false, stderr: false } },
    ...{ log, nowMs: () => 0, ...(limitMs !== undefined && { limitMs }) },
  }
  return { lines, output: runPlugin(plugin(script), '{"info":1}', world, signal) }
}

test('a plugin gets its environment and no input; its standard error is logged line by line', async () => {
  const { output, lines } = run('echo one >&2; printf two >&2; cat; echo "$WORD $KUBERNETES_EXEC_INFO"')
  assert.equal(await output, 'from the kubeconfig {"info":1}\n')
  assert.deepEqual(lines, [
    { command: '/bin/sh', line: 'one' },
    { command: '/bin/sh', line: 'two' },
  ])
})

test('a plugin that fails is reported with its exit code, and never with its output', async () => {
  await assert.rejects(run('echo secret; exit 3').output, {
    code: 'KUBE_CREDENTIALS',
    message: '/bin/sh failed with exit code 3',
  })
})

test('a plugin that does not end is killed at the limit', async () => {
  await assert.rejects(run('exec sleep 600', { limitMs: 200 }).output, {
    code: 'KUBE_CREDENTIALS',
    message: /did not end within 0\.2 s; it was ended/,
  })
})

test('when the agent ends, its plugin ends as well', async () => {
  const reason = new Error('enough')
  await assert.rejects(run('exec sleep 600', { signal: AbortSignal.abort(reason) }).output, reason)
})
