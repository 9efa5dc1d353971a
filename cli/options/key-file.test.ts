import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readKeyFile, writeKeyFile } from './key-file.ts'

test('a new key file is readable, and no longer after everybody may read it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-key-'))
  const file = join(dir, 'sub', 'k.json')
  const { publicKey } = await writeKeyFile(file)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.equal((await readKeyFile(file)).publicKey, publicKey)
  await chmod(file, 0o644)
  await assert.rejects(readKeyFile(file), { code: 'USAGE', message: /mode 0644/ })
  await rm(dir, { recursive: true })
})
