import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeDirectory } from './make-directory.ts'

test('missing parents are created, for the owner only; an existing directory is left alone', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'kubedoh-make-directory-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const deep = join(dir, 'a', 'b', 'c')
  makeDirectory(deep)
  makeDirectory(deep)
  for (const each of [deep, join(dir, 'a')]) assert.equal(statSync(each).mode & 0o777, 0o700)
})

test('where a directory cannot be created, it throws at once', {
  skip: !existsSync('/proc/self') && 'there is no /proc',
}, () => {
  assert.throws(() => makeDirectory('/proc/kubedoh/data'), { code: 'ENOENT' })
})
