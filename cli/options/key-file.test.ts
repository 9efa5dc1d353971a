import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { keyModeProblem, readKeyFile, writeKeyFile } from './key-file.ts'

const own = 1000
const refused: readonly (readonly [
  mode: number,
  uid: number,
  platform: NodeJS.Platform,
  problem?: RegExp,
])[] = [
  [0o100600, own, 'linux'],
  [0o100400, own, 'linux'],
  [0o100700, own, 'darwin'],
  [0o100640, own, 'linux', /\(mode 0640\); run `chmod 0600 k\.json`/],
  [0o100604, own, 'linux', /chmod 0600/],
  [0o100620, own, 'linux', /chmod 0600/],
  [0o100666, own, 'linux', /defaultMode: 0400/],
  // A Secret volume with fsGroup: root's file, readable by the group of the process.
  [0o100440, 0, 'linux'],
  [0o100640, 0, 'linux'],
  [0o100644, 0, 'linux', /let its owner run `chmod 0440 k\.json` \(in a Secret volume: defaultMode: 0440\)/],
  [0o100660, 0, 'linux', /chmod 0440/],
  [0o100666, own, 'win32'],
]
for (const [mode, uid, platform, problem] of refused)
  test(`mode ${(mode & 0o777).toString(8)} of ${uid === own ? 'the own user' : 'root'} on ${platform} is ${problem ? 'refused' : 'accepted'}`, () => {
    const found = keyModeProblem('k.json', { mode, uid }, platform, own)
    if (problem) assert.match(found ?? '', problem)
    else assert.equal(found, undefined)
  })

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
