import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, rm, statfs, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { forcesModes, isSecretFile, keyModeProblem, refuseExposedKey } from './private-file.ts'

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

const tmpfs = 0x01021994

test('a file in a Secret volume is known by the kubelet’s link and by tmpfs', () => {
  assert.equal(isSecretFile('/etc/key/k.json', '..data/k.json', tmpfs), true)
  for (const [target, fileSystem] of [
    ['..data/k.json', 0xef53],
    ['../k.json', tmpfs],
    ['..data/other.json', tmpfs],
    ['/tmp/..data/k.json', tmpfs],
  ] as const)
    assert.equal(isSecretFile('/etc/key/k.json', target, fileSystem), false, target)
})

const shared = '/dev/shm'
const type = await statfs(shared).then(
  (found) => found.type,
  () => 0,
)

test('the default mode 0644 of a Secret volume is accepted, and of other files in memory it is not', {
  skip: type === tmpfs ? false : `${shared} is no tmpfs`,
}, async () => {
  const dir = await mkdtemp(join(shared, 'kubedoh-secret-'))
  await mkdir(join(dir, '..2026_11_28'))
  await writeFile(join(dir, '..2026_11_28', 'k.json'), '{}', { mode: 0o644 })
  await symlink('..2026_11_28', join(dir, '..data'))
  await symlink('..data/k.json', join(dir, 'k.json'))
  await refuseExposedKey(join(dir, 'k.json'))
  await assert.rejects(refuseExposedKey(join(dir, '..2026_11_28', 'k.json')), { code: 'USAGE' })
  await rm(dir, { recursive: true })
})

test('the same links on a disk do not make a key private', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-key-'))
  await mkdir(join(dir, '..data'))
  await writeFile(join(dir, '..data', 'k.json'), '{}')
  await chmod(join(dir, '..data', 'k.json'), 0o644)
  await symlink('..data/k.json', join(dir, 'k.json'))
  const isDisk = (await statfs(dir)).type !== tmpfs
  if (isDisk) await assert.rejects(refuseExposedKey(join(dir, 'k.json')), { message: /chmod 0600/ })
  await rm(dir, { recursive: true })
})

test('on a volume that forces modes a key is accepted with a warning that says what to do', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-key-'))
  const file = join(dir, 'k.json')
  await writeFile(file, '{}')
  await chmod(file, 0o644)
  const warnings: string[] = []
  const asked: string[] = []
  const world = (isForced: boolean): Parameters<typeof refuseExposedKey>[2] => ({
    forcesModes: async (place) => asked.push(place) > 0 && isForced,
    warn: (line) => void warnings.push(line),
  })
  await refuseExposedKey(file, 'private key', world(true))
  assert.match(
    warnings[0] ?? '',
    /^the volume of the private key .*k\.json gives all files a mode .*umask=077/,
  )
  await assert.rejects(refuseExposedKey(file, 'private key', world(false)), { code: 'USAGE' })
  assert.equal(asked.length, 2)
  await chmod(file, 0o600)
  await refuseExposedKey(file, 'private key', world(true))
  assert.deepEqual([asked.length, warnings.length], [2, 1], 'a private key is not tried')
  await rm(dir, { recursive: true })
})

test('a disk does not force modes, the trial leaves nothing behind, and a directory that is missing forces nothing', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-key-'))
  assert.equal(await forcesModes(dir), false)
  assert.deepEqual(await readdir(dir), [])
  await rm(dir, { recursive: true })
  assert.equal(await forcesModes(dir), false)
})
