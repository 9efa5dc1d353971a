import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { bundledPackages, thirdPartyText } from './third-party.ts'

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-third-party-'))
})
after(() => rm(dir, { recursive: true }))

/** Writes files, given by path and text, and resolves to the paths of those with code. */
async function tree(files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  return Object.keys(files)
    .filter((path) => path.endsWith('.js'))
    .map((path) => join(dir, path))
}

const manifest = (name: string, license?: string): string =>
  JSON.stringify({ name, version: '1.2.3', license })

test('each package is listed once, by name, with its licence and notices; sources of the project are left out', async () => {
  const files = await tree({
    'src/main.js': '',
    'node_modules/b/package.json': manifest('b', 'MIT'),
    'node_modules/b/LICENSE.md': 'the licence of b\n',
    'node_modules/b/lib/one.js': '',
    'node_modules/b/lib/two.js': '',
    'node_modules/b/node_modules/@x/inner/package.json': manifest('@x/inner', 'ISC'),
    'node_modules/b/node_modules/@x/inner/LICENCE': 'the licence of inner',
    'node_modules/b/node_modules/@x/inner/NOTICE': 'a notice',
    'node_modules/b/node_modules/@x/inner/index.js': '',
  })
  const packages = await bundledPackages(files, 'the Apache licence')
  assert.deepEqual(packages, [
    { name: '@x/inner', version: '1.2.3', license: 'ISC', texts: ['the licence of inner', 'a notice'] },
    { name: 'b', version: '1.2.3', license: 'MIT', texts: ['the licence of b\n'] },
  ])
  const text = thirdPartyText(packages)
  assert.match(text, /\nb 1\.2\.3\nLicense: MIT\n\nthe licence of b\n/)
})

test('without a licence file, the copyright comments of the bundled files are taken', async () => {
  const files = await tree({
    'node_modules/c/package.json': manifest('c', '(Apache-2.0 AND BSD-3-Clause)'),
    'node_modules/c/one.js': '// Copyright 2008 One\n// do this\nexport {}\n',
    'node_modules/c/same.js': '// Copyright 2008 One\n// do this\nexport {}\n',
    'node_modules/c/two.js': '/*\n * Copyright 2021 Two\n */\nexport {}\n',
    'node_modules/c/three.js': '// no notice\n',
  })
  const [found] = await bundledPackages(files, 'the Apache licence')
  assert.deepEqual(
    found?.texts.map((text) => text.trim()),
    ['Copyright 2008 One\ndo this', 'Copyright 2021 Two', 'the Apache licence'],
  )
})

test('a package whose licence is unknown ends the build', async () => {
  const none = await tree({ 'node_modules/d/package.json': manifest('d'), 'node_modules/d/index.js': '' })
  await assert.rejects(bundledPackages(none, ''), /node_modules\/d\/package\.json has no licence/)
  const silent = await tree({
    'node_modules/e/package.json': manifest('e', 'MIT'),
    'node_modules/e/index.js': '',
  })
  await assert.rejects(bundledPackages(silent, ''), /node_modules\/e has no licence file/)
})
