import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readState, stateFileOf, writeState } from './state-file.ts'

const log = { info: () => assert.fail(), warn: () => assert.fail() }
const zones = {
  zones: [{ name: 'cluster.local', cluster: 'dev', primary: true }],
  ...{
    reverse: ['10.96.0.0/12'],
    complete: true,
    forward: false,
    expires: null,
    dot: null,
    path: '/dns-query',
  },
}
const state = { zones, addresses: ['192.0.2.1'], resolvers: ['192.0.2.53'] }

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-state-'))
})
after(() => rm(dir, { recursive: true }))

test('the default file is in the cache directory, and its name says nothing of the URL', () => {
  const url = 'https://dns.example.com/dns-query/secrettoken'
  const file = stateFileOf(undefined, url, { XDG_CACHE_HOME: '/caches' })
  assert.match(file ?? '', /^\/caches\/kubedoh\/connect-[0-9a-f]{16}\.json$/)
  assert.notEqual(file, stateFileOf(undefined, `${url}2`, { XDG_CACHE_HOME: '/caches' }))
  assert.equal(stateFileOf('none', url, {}), undefined)
  assert.equal(stateFileOf('/x/y', url, {}), '/x/y')
})

test('a state is read as it was written, and only its owner can read it', async () => {
  const file = join(dir, 'new', 'state.json')
  await writeState(file, state, log)
  assert.deepEqual(await readState(file), state)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(dir, 'new')), ['state.json'])
  assert.doesNotMatch(await readFile(file, 'utf8'), /token/)
})

test('a missing or damaged file is an empty state', async () => {
  const nothing = await readState(undefined)
  assert.deepEqual([nothing.zones, nothing.addresses], [undefined, []])
  for (const text of ['', '{', '[]', 'null', '{"zones":{"zones":7}}']) {
    const file = join(dir, 'damaged.json')
    await writeFile(file, text)
    const { zones: read, addresses } = await readState(file)
    assert.deepEqual([read, addresses], [undefined, []], text)
  }
  assert.deepEqual(await readState(join(dir, 'missing')), nothing)
})

test('a file that cannot be written is reported', async () => {
  const warned: unknown[] = []
  const quiet = { ...log, warn: (message: string) => void warned.push(message) }
  await writeState(join(dir, 'new', 'state.json', 'below'), state, quiet)
  assert.deepEqual(warned, ['state not written'])
})
