import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { editFile } from './edit-file.ts'

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-edit-'))
  file = join(dir, 'a.yaml')
})
afterEach(() => rm(dir, { recursive: true }))

const what = 'the file'
const twice = (text: string): string => text + text

test('a file that changes during the edit is left as it is', async () => {
  await writeFile(file, 'a')
  const edit = editFile(file, { what }, (text) => {
    writeFileSync(file, 'by hand')
    return twice(text)
  })
  await assert.rejects(edit, {
    code: 'FILE_CHANGED',
    message: /was changed meanwhile; run the command again/,
  })
  assert.equal(await readFile(file, 'utf8'), 'by hand')
  assert.deepEqual(await readdir(dir), ['a.yaml'])
})

test('a file that appears during the edit is not overwritten', async () => {
  const edit = editFile(file, { what, textIfMissing: 'new' }, (text) => {
    writeFileSync(file, 'by hand')
    return twice(text)
  })
  await assert.rejects(edit, { code: 'FILE_CHANGED' })
  assert.equal(await readFile(file, 'utf8'), 'by hand')
})

test('a missing file is made from the given text, or refused without one', async () => {
  await assert.rejects(editFile(file, { what, hint: '; make it' }, twice), {
    ...{ code: 'USAGE', message: /^cannot read the file: .*; make it$/ },
  })
  assert.deepEqual(await readdir(dir), [])
  await editFile(file, { what, textIfMissing: 'new ' }, twice)
  assert.equal(await readFile(file, 'utf8'), 'new new ')
})

test('an edit that fails leaves nothing behind', async () => {
  await writeFile(file, 'a')
  const failing = editFile(file, { what }, () => {
    throw new RangeError('no')
  })
  await assert.rejects(failing, RangeError)
  assert.deepEqual(await readdir(dir), ['a.yaml'])
})

test('the mode of the file stays under any umask', async () => {
  await writeFile(file, 'a')
  await chmod(file, 0o666)
  await editFile(file, { what }, twice)
  assert.equal((await stat(file)).mode & 0o777, 0o666)
  assert.equal(await readFile(file, 'utf8'), 'aa')
})
