import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../clients/program.ts'
import { waitFor } from '../wait-for.ts'

/* `kubedoh init` with a person at a terminal: script(1) of util-linux makes a real pseudo-terminal. */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'kubedoh-terminal-'))
})
after(() => rm(root, { recursive: true }))

/** A question as the terminal shows it, and the keys that answer it. */
type Turn = readonly [asked: RegExp, keys: string]

/** Runs `kubedoh init --dir DIR ARGS` at a terminal and answers its questions in turn; all that the terminal shows, and the exit code. */
async function atTerminal(
  dir: string,
  turns: readonly Turn[],
  ...args: readonly string[]
): Promise<{ readonly shown: string; readonly code: number | null }> {
  const command = [process.execPath, main, 'init', '--dir', dir, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh' },
  })
  let shown = ''
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const ended = once(child, 'close') as Promise<[number | null]>
  let from = 0
  for (const [asked, keys] of turns) {
    await waitFor(
      `the terminal shows ${asked}`,
      () => asked.test(shown.slice(from)) || child.exitCode !== null,
    )
    assert.match(shown.slice(from), asked)
    from = shown.length
    child.stdin.write(keys)
  }
  const [code] = await ended
  return { shown, code }
}

async function skip(t: TestContext): Promise<boolean> {
  const reason = await skipWithout('script')
  if (reason) t.skip(reason)
  return reason !== false
}

/** The private part of the agent's key in a setup. */
async function privateKey(dir: string): Promise<string> {
  const { d } = JSON.parse(await readFile(join(dir, 'agent-key.json'), 'utf8')) as { d: string }
  assert.match(d, /^[\w-]{43}$/)
  return d
}

const edge: Turn = [/Edge \(cloudflare, self-hosted\): /, 'self-hosted\r']
const host: Turn = [/Host name of the edge: /, 'dns.example.com\r']
const cluster: Turn = [/Id of the cluster \[prod\]: /, '\r']

test('at a terminal, init asks for what no option gives, again after a wrong answer, and has a default', async (t) => {
  if (await skip(t)) return
  const dir = join(root, 'asked')
  const wrong: Turn = [/Edge .*: /, 'aws\r']
  const again: Turn = [/--edge is "aws", it must be one of [^]*Edge .*: /, 'self-hosted\r']
  const { shown, code } = await atTerminal(dir, [wrong, again, host, cluster])
  assert.equal(code, 0, shown)
  const setup = JSON.parse(await readFile(join(dir, 'setup.json'), 'utf8')) as Record<string, unknown>
  assert.deepEqual([setup.edge, setup.host, setup.cluster], ['self-hosted', 'dns.example.com', 'prod'])
  assert.match(shown, /https:\/\/dns\.example\.com\/dns-query\/prod-[a-z2-7]{26}\r\n/)
  assert.ok(!shown.includes(await privateKey(dir)), 'the private key is shown')
  const files = await readdir(dir)
  const second = await atTerminal(dir, [])
  assert.equal(second.code, 0, second.shown)
  assert.doesNotMatch(second.shown, /is written|is changed|dns-query/)
  assert.deepEqual(await readdir(dir), files)
})

test('Ctrl-C and Ctrl-D at a question end init, and it has written nothing', async (t) => {
  if (await skip(t)) return
  for (const key of ['\u0003', '\u0004']) {
    const dir = join(root, 'interrupted')
    const { shown, code } = await atTerminal(dir, [edge, [/Host name/, key]])
    assert.equal(code, 2, shown)
    assert.match(shown, /kubedoh init: [^\n]*nothing was written/)
    assert.doesNotMatch(shown, /\n\s+at /)
    await assert.rejects(readdir(dir), { code: 'ENOENT' })
  }
})

test('at a terminal, the steps of --rotate are in order and show no private key, old or new', async (t) => {
  if (await skip(t)) return
  const dir = join(root, 'rotated')
  await atTerminal(dir, [edge, host, cluster])
  const keys = [await privateKey(dir)]
  for (const step of [1, 2, 3]) {
    const { shown, code } = await atTerminal(dir, [], '--rotate')
    assert.equal(code, 0, shown)
    assert.match(shown, new RegExp(`^step ${step} of 3`))
    keys.push(await privateKey(dir))
    for (const key of keys) assert.ok(!shown.includes(key), 'a private key is shown')
  }
  assert.equal(new Set(keys).size, 2)
})
