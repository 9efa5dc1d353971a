import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { childrenOf } from '../children-of.ts'

/* Soaks of a few seconds. The counts are low, since a busy machine makes few changes in that time. */

const main = fileURLToPath(new URL('main.ts', import.meta.url))

const skip = process.platform === 'linux' ? false : 'it reads /proc'

function begin(options: readonly string[]) {
  const child = spawn(process.execPath, [main, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return { child, ended: once(child, 'close'), stdout: () => stdout, stderr: () => stderr }
}

test('a short soak survives a restart of the edge and the end of its watches', { skip }, async () => {
  const { ended, stdout, stderr } = begin([
    '--stand-in',
    '--minutes',
    '0.1',
    '--services',
    '20',
    '--changes-per-second',
    '20',
  ])
  const [code] = (await ended) as [number | null]
  assert.equal(code, 0, stdout() + stderr())
  assert.match(stdout(), /agent: resident memory, MB .* too short\n/)
  assert.match(stdout(), /\nnothing leaks\n$/)
  const count = (name: string): number => Number(new RegExp(`\n${name}: ([0-9]+)\n`).exec(stdout())?.[1])
  assert.ok(count('changes') > 10, stdout())
  assert.ok(count('publishes') > 1, stdout())
  assert.ok(count('watches begun') > 1, stdout())
})

test('a signal ends everything that was started', { skip }, async (t) => {
  const { child, ended } = begin(['--stand-in', '--minutes', '5', '--services', '20'])
  t.after(() => child.kill('SIGKILL'))
  await once(createInterface({ input: child.stderr }), 'line')
  const children = await childrenOf(child)
  assert.equal(children.length, 2, 'an agent and an edge')
  child.kill('SIGTERM')
  const [code] = (await ended) as [number | null]
  assert.equal(code, 130)
  for (const each of children) assert.ok(!existsSync(`/proc/${each}`), `${each} still runs`)
})

test('wrong options are refused', async () => {
  for (const words of [
    ['--minutes', '0'],
    ['--services', 'x'],
    ['--changes-per-second', '-1'],
    ['--nonsense'],
  ]) {
    const { ended, stderr } = begin(words)
    const [code] = (await ended) as [number | null]
    assert.equal(code, 2)
    assert.match(stderr(), /^soak: .*; see --help\n$/)
  }
})
