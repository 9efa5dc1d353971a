import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../blackbox/command.ts'
import { mayUnshare } from '../cluster/pod.ts'
import { waitFor } from '../wait-for.ts'

/* `up --data none`: without a file, in a mount namespace where nothing can be written. */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** Script for root in a new mount namespace: everything becomes read-only; then a user without rights continues. */
const readOnly = `
set -e
findmnt -rno TARGET | grep -v -e '^/proc' -e '^/sys' | tac | while read -r dir; do
  mount -o remount,bind,ro "$dir" || true
done
if touch /tmp/kubedoh-was-here /var/tmp/kubedoh-was-here /dev/shm/kubedoh-was-here 2>/dev/null; then exit 90; fi
exec setpriv --reuid=65532 --regid=65532 --clear-groups --no-new-privs "$@"
`

let dir: string
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubedoh-memory-'))
  chmodSync(dir, 0o755)
})
after(() => rmSync(dir, { recursive: true }))

test('up --data none serves DoH where no file can be written', async (t) => {
  if (!(await mayUnshare())) return t.skip('mount namespaces need root')
  const up = spawn(
    'unshare',
    [
      ...['--mount', 'sh', '-c', readOnly, 'sh'],
      ...[process.execPath, main, 'up', '--data', 'none', '--listen', '127.0.0.1:0'],
    ],
    { cwd: dir, env: { PATH: process.env.PATH, HOME: '/nonexistent' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const lines: string[] = []
  for (const stream of [up.stdout, up.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(line))
  const ended = once(up, 'exit')
  try {
    const url = await waitFor('up is ready', () => {
      if (up.exitCode !== null) throw Object.assign(new Error(lines.join('\n')), { code: 'PROGRAM_EXITED' })
      return lines.find((line) => line.startsWith('ready '))?.slice('ready '.length)
    })
    const ask = `${url}?name=redis.default.svc.cluster.local&type=A`
    const answer = execFileSync('curl', ['-sS', '--insecure', ask], { encoding: 'utf8' })
    assert.match(answer, /"data":"10\.96\.65\.65"/)
    assert.ok(
      lines.some((line) => /certificate is in memory only, so DoH clients cannot verify it/.test(line)),
    )
  } finally {
    up.kill('SIGTERM')
    const [code] = (await ended) as [number | null]
    assert.equal(code, 0, lines.join('\n'))
  }
  assert.deepEqual(readdirSync(dir), [])
})

test('serve --data none exits with 2 and says why', async () => {
  const { code, stderr } = await run(['serve', '--config', 'examples/edge.json', '--data', 'none'])
  assert.equal(code, 2)
  assert.match(stderr, /^kubedoh serve: --data none is for `up`/)
})
