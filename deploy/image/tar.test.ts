import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { type Entry, withDirectories, writeTar } from './tar.ts'

const entries: readonly Entry[] = [
  { path: 'usr/bin/node', kind: 'file', mode: 0o755, bytes: Buffer.from('program') },
  { path: 'lib', kind: 'link', mode: 0o777, target: 'usr/lib' },
  { path: 'var/lib/kubedoh', kind: 'directory', mode: 0o700, owner: 65_532 },
  { path: `${'long/'.repeat(30)}name`, kind: 'file', mode: 0o644, bytes: Buffer.alloc(513, 'x') },
]

test('tar lists what was written, with modes, owners and no time', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-tar-'))
  t.after(() => rm(dir, { recursive: true }))
  const file = join(dir, 'a.tar')
  await writeFile(file, writeTar(withDirectories(entries)))
  const args = ['--list', '--verbose', '--numeric-owner', '--utc', '--file', file]
  const { stdout } = await promisify(execFile)('tar', args)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '))
  assert.ok(lines.includes('-rwxr-xr-x 0/0 7 1970-01-01 00:00 usr/bin/node'), stdout)
  assert.ok(lines.includes('lrwxrwxrwx 0/0 0 1970-01-01 00:00 lib -> usr/lib'))
  assert.ok(lines.includes('drwx------ 65532/65532 0 1970-01-01 00:00 var/lib/kubedoh/'))
  assert.ok(lines.includes(`-rw-r--r-- 0/0 513 1970-01-01 00:00 ${'long/'.repeat(30)}name`))
  assert.ok(lines.includes('drwxr-xr-x 0/0 0 1970-01-01 00:00 usr/bin/'))
})

test('the order of the entries does not change the archive', () => {
  assert.deepEqual(writeTar(entries.toReversed()), writeTar(entries))
})

test('a path that does not fit is refused', () => {
  const path = 'x'.repeat(101)
  assert.throws(() => writeTar([{ path, kind: 'directory', mode: 0o755 }]), /too long for a tar archive/)
})
