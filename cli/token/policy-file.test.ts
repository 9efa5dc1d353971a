import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import type { PolicyChange } from '../../sync/policy/edit.ts'
import { editPolicyFile } from './policy-file.ts'

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-policy-'))
  file = join(dir, 'policy.yaml')
})
afterEach(() => rm(dir, { recursive: true }))

const add: PolicyChange = {
  ...{ kind: 'add', list: 'tokens', fields: { name: 'a', sha256: 'a'.repeat(64), all: true } },
}

test('a file that changes during the edit is left as it is', async () => {
  await writeFile(file, 'version: 1\n')
  const edit = editPolicyFile(file, () => {
    writeFileSync(file, 'version: 1 # by hand\n')
    return [add]
  })
  await assert.rejects(edit, {
    code: 'FILE_CHANGED',
    message: /was changed meanwhile; run the command again/,
  })
  assert.equal(await readFile(file, 'utf8'), 'version: 1 # by hand\n')
  assert.deepEqual(await readdir(dir), ['policy.yaml'])
})

test('a file that appears during the edit, or disappears, is not overwritten', async () => {
  const appears = editPolicyFile(
    file,
    () => {
      writeFileSync(file, 'version: 1\n')
      return [add]
    },
    'create',
  )
  await assert.rejects(appears, { code: 'FILE_CHANGED' })
  assert.equal(await readFile(file, 'utf8'), 'version: 1\n')
})

test('an edit that fails leaves nothing behind', async () => {
  await writeFile(file, 'version: 1\n')
  const failing = editPolicyFile(file, () => {
    throw new RangeError('no')
  })
  await assert.rejects(failing, RangeError)
  await assert.rejects(
    editPolicyFile(join(dir, 'none.yaml'), () => [add]),
    { code: 'USAGE' },
  )
  assert.deepEqual(await readdir(dir), ['policy.yaml'])
})

test('the mode of the file stays under any umask', async () => {
  await writeFile(file, 'version: 1\n')
  await chmod(file, 0o666)
  await editPolicyFile(file, () => [add])
  assert.equal((await stat(file)).mode & 0o777, 0o666)
  assert.match(await readFile(file, 'utf8'), /name: a\n/)
})

test('a byte order mark, which editors write on Windows, does not matter', async () => {
  await writeFile(file, '\ufeffversion: 1\r\n')
  await editPolicyFile(file, () => [add])
  assert.match(await readFile(file, 'utf8'), /^\ufeff?version: 1\r\ntokens:\r\n {2}- name: a\r\n/)
})
