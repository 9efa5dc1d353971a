import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../test/wait-for.ts'
import { onFileChange } from './file-changes.ts'

const everyMs = 20

async function directory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-files-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

type Watched = { calls(): number; readonly ending: AbortController }

/** Watches files. Resolves when their state, with which later ones are compared, was read. */
async function watched(t: TestContext, ...files: string[]): Promise<Watched> {
  const ending = new AbortController()
  t.after(() => ending.abort())
  let calls = 0
  onFileChange(files, () => calls++, ending.signal, everyMs)
  await sleep(10 * everyMs)
  return { ending, calls: () => calls }
}

test('a file that is written, replaced, removed or made again calls the action, and nothing else does', async (t) => {
  const dir = await directory(t)
  const [a, b] = [join(dir, 'a'), join(dir, 'b')]
  for (const file of [a, b]) await writeFile(file, 'one')
  const { calls } = await watched(t, a, b)
  assert.equal(calls(), 0)
  await writeFile(a, 'two, longer')
  await waitFor('it is written', () => calls() === 1)
  await writeFile(join(dir, 'new'), 'three')
  await rename(join(dir, 'new'), b)
  await waitFor('it is replaced', () => calls() === 2)
  await rm(b)
  await waitFor('it is gone', () => calls() === 3)
  await writeFile(b, 'four')
  await waitFor('it is there again', () => calls() === 4)
})

test('the volume of a Secret, whose link ..data is replaced', async (t) => {
  const dir = await directory(t)
  const version = async (name: string): Promise<void> => {
    await mkdir(join(dir, name))
    await writeFile(join(dir, name, 'tls.crt'), 'same length')
    await symlink(name, join(dir, '..data_tmp'))
    await rename(join(dir, '..data_tmp'), join(dir, '..data'))
  }
  await version('..1')
  await symlink('..data/tls.crt', join(dir, 'tls.crt'))
  const { calls } = await watched(t, join(dir, 'tls.crt'))
  await version('..2')
  await waitFor('it is noticed', () => calls() === 1)
})

test('after the end, nothing calls the action', async (t) => {
  const dir = await directory(t)
  const file = join(dir, 'a')
  await writeFile(file, 'one')
  const { ending, calls } = await watched(t, file)
  ending.abort()
  await writeFile(file, 'two, longer')
  await sleep(5 * everyMs)
  assert.equal(calls(), 0)
})
