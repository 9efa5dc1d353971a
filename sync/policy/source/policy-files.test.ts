import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createClock } from '../../clock.ts'
import { readPolicyFiles, watchPolicyFiles } from './policy-files.ts'
import { createPolicyIntake, type PolicySource } from './policy-source.ts'

const policy = (namespace: string): string => `version: 1\nanonymous: {namespaces: [${namespace}]}\n`

async function directory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-policy-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

type Scene = {
  source: PolicySource
  /** Resolves when the namespace of `anonymous` is this one; undefined: when the policy is broken. */
  shows: (namespace: string | undefined) => Promise<void>
}

function start(t: TestContext, ...files: string[]): Scene {
  const stop = new AbortController()
  const intake = createPolicyIntake({ log: { info: () => {}, warn: () => {} } })
  const source = watchPolicyFiles(files, intake, { clock: createClock(Date.now), signal: stop.signal })
  t.after(async () => {
    stop.abort()
    await source.done
  })
  const seen = (): string | undefined => {
    const scope = source.current()?.anonymous
    return scope?.kind === 'namespaces' ? scope.names[0] : undefined
  }
  const shows = async (namespace: string | undefined): Promise<void> => {
    while (seen() !== namespace) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { source, shows }
}

test('a file is read at the start and whenever it is written or replaced', async (t) => {
  const file = join(await directory(t), 'policy.yaml')
  await writeFile(file, policy('a'))
  const { source, shows } = start(t, file)
  await source.ready
  await shows('a')
  await writeFile(file, policy('b'))
  await shows('b')
  await writeFile(`${file}.new`, policy('c'))
  await rename(`${file}.new`, file)
  await shows('c')
})

test('a missing file is a broken policy until it is there, and again when it is removed', async (t) => {
  const file = join(await directory(t), 'policy.yaml')
  const { source, shows } = start(t, file)
  await source.ready
  assert.equal(source.current(), undefined)
  await writeFile(file, policy('a'))
  await shows('a')
  await rm(file)
  await shows(undefined)
})

test('the volume of a ConfigMap, whose link ..data is replaced', async (t) => {
  const dir = await directory(t)
  const version = async (name: string, text: string): Promise<void> => {
    await mkdir(join(dir, name))
    await writeFile(join(dir, name, 'policy.yaml'), text)
    await symlink(name, join(dir, '..data_tmp'))
    await rename(join(dir, '..data_tmp'), join(dir, '..data'))
  }
  await version('..1', policy('a'))
  await symlink('..data/policy.yaml', join(dir, 'policy.yaml'))
  const { shows } = start(t, join(dir, 'policy.yaml'))
  await shows('a')
  await version('..2', policy('b'))
  await shows('b')
})

test('a link to a file in another directory is noticed by comparing', async (t) => {
  const dir = await directory(t)
  await mkdir(join(dir, 'far'))
  await mkdir(join(dir, 'near'))
  await writeFile(join(dir, 'far', 'policy.yaml'), policy('a'))
  await symlink(join(dir, 'far', 'policy.yaml'), join(dir, 'near', 'policy.yaml'))
  const { shows } = start(t, join(dir, 'near', 'policy.yaml'))
  await shows('a')
  await writeFile(join(dir, 'far', 'policy.yaml'), policy('b'))
  await shows('b')
})

test('a directory that is made later', async (t) => {
  const dir = join(await directory(t), 'later')
  const { source, shows } = start(t, join(dir, 'policy.yaml'))
  await source.ready
  await mkdir(dir)
  await writeFile(join(dir, 'policy.yaml'), policy('a'))
  await shows('a')
})

test('several files are one policy', async (t) => {
  const dir = await directory(t)
  const [first, second] = [join(dir, 'a.yaml'), join(dir, 'b.yaml')]
  await writeFile(first, policy('a'))
  await writeFile(second, 'version: 1\ntokens: []\n')
  const { source, shows } = start(t, first, second)
  await shows('a')
  await writeFile(second, `version: 1\ntokens: [{name: x, sha256: ${'a'.repeat(64)}, all: true}]\n`)
  while (source.current()?.tokens.length !== 1) await new Promise((resolve) => setTimeout(resolve, 5))
  await writeFile(second, policy('b'))
  await shows(undefined)
})

test('a file that cannot be read, or is no text, has a problem', async (t) => {
  const dir = await directory(t)
  await writeFile(join(dir, 'bytes'), Uint8Array.of(0xff, 0, 1))
  const [missing, folder, bytes] = await readPolicyFiles([join(dir, 'none'), dir, join(dir, 'bytes')])
  assert.match(JSON.stringify(missing), /cannot read it: ENOENT/)
  assert.match(JSON.stringify(folder), /cannot read it: EISDIR/)
  assert.match(JSON.stringify(bytes), /it is not UTF-8 text/)
})
