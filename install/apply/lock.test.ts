import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { installLock, type Lock, withLock } from './lock.ts'

const nobody = (): Promise<undefined> => Promise.resolve(undefined)
const isLinux = process.platform === 'linux'
/** A lock of this test alone, so that it does not meet other tests. */
const lock: Lock = { kind: 'socket', address: `\0kubedoh-lock-test-${process.pid}` }

/** A process that takes the lock, says so, and keeps it until it is killed. */
async function holding(): Promise<ChildProcess> {
  const script = `const { withLock } = await import(${JSON.stringify(import.meta.resolve('./lock.ts'))})
    await withLock(${JSON.stringify(lock)}, async () => undefined, async () => { console.log('held'); await new Promise((r) => setTimeout(r, 60000)) })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

test('work is done one after the other, and a second one at the same time is refused', {
  skip: !isLinux,
}, async () => {
  const done = await withLock(lock, nobody, async () => {
    await assert.rejects(
      withLock(lock, () => Promise.resolve('process 42'), nobody),
      (error: Error & { code?: string }) =>
        error.code === 'INSTALL_BUSY' && /is changing this machine now \(process 42\);/.test(error.message),
    )
    return 'first'
  })
  assert.equal(done, 'first')
  assert.equal(await withLock(lock, nobody, () => Promise.resolve('second')), 'second')
})

test('work that fails gives the lock back', { skip: !isLinux }, async () => {
  await assert.rejects(
    withLock(lock, nobody, () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.equal(await withLock(lock, nobody, () => Promise.resolve('after')), 'after')
})

test('another process keeps the lock until it is killed, and not longer', { skip: !isLinux }, async () => {
  const child = await holding()
  try {
    await assert.rejects(withLock(lock, nobody, nobody), { code: 'INSTALL_BUSY' })
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  assert.equal(await withLock(lock, nobody, () => Promise.resolve('taken')), 'taken')
})

test('the lock is the same for all installations of a platform', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    assert.deepEqual(installLock(platform), installLock(platform))
  assert.equal(installLock('darwin').kind, 'file')
})
