import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { HostError, type HostErrorCode } from '../errors.ts'
import { takeDataDirectory } from './data-directory.ts'

const parent = mkdtempSync(join(tmpdir(), 'kubedoh-data-'))
after(() => rmSync(parent, { recursive: true }))

function refuses(dir: string, code: HostErrorCode, message: RegExp): void {
  assert.throws(
    () => takeDataDirectory(dir),
    (error) => {
      assert.ok(error instanceof HostError, String(error))
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.ok(error.message.includes(dir) && !error.message.includes('\n'), error.message)
      return true
    },
  )
}

test('a directory is created for the owner only, and can be locked again after its release', () => {
  const dir = join(parent, 'new', 'data')
  takeDataDirectory(dir)()
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  const release = takeDataDirectory(dir)
  refuses(dir, 'DATABASE_LOCKED', new RegExp(`in use by process ${process.pid}; `))
  release()
  release()
  takeDataDirectory(dir)()
  assert.deepEqual(readdirSync(dir), ['lock'])
})

test('the error for a lock names the process that holds it; killing that process releases the lock', async (t) => {
  const dir = join(parent, 'killed')
  const script = `
    import { takeDataDirectory } from ${JSON.stringify(join(import.meta.dirname, 'data-directory.ts'))}
    takeDataDirectory(${JSON.stringify(dir)})
    globalThis.gc()
    console.log('taken')
    setInterval(() => undefined, 1_000)`
  const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  refuses(dir, 'DATABASE_LOCKED', new RegExp(`in use by process ${holder.pid}; `))
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  takeDataDirectory(dir)()
})

test('the error for a directory that cannot be created or written has its path and the reason', () => {
  const file = join(parent, 'file')
  writeFileSync(file, '')
  refuses(join(file, 'data'), 'DATABASE_FAILED', /cannot write the data directory .*ENOTDIR/)
  const taken = join(parent, 'taken')
  mkdirSync(join(taken, 'lock'), { recursive: true })
  refuses(taken, 'DATABASE_FAILED', /cannot write the data directory .*EISDIR/)
})

test('the error for a full disk says so', (t) => {
  const dir = join(parent, 'full')
  mkdirSync(dir)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', dir], { stdio: 'ignore' })
  } catch {
    return t.skip('a tmpfs cannot be mounted here')
  }
  try {
    refuses(dir, 'DATABASE_FAILED', /no space left in the data directory .*256 KiB/)
    // The file that tested whether the directory is writable is deleted.
    assert.ok(!readdirSync(dir).includes('space.tmp'))
  } finally {
    execFileSync('umount', [dir])
  }
  return undefined
})
