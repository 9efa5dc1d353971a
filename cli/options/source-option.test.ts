import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { agentDefaults } from '../../sync/options.ts'
import { UsageError } from './option-table.ts'
import { readObjectFiles } from './source-option.ts'

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-source-option-'))
})
after(() => rm(dir, { recursive: true }))

function object(kind: string, name: string, namespace = 'prod'): string {
  return `{apiVersion: v1, kind: ${kind}, metadata: {name: ${name}, namespace: ${namespace}}}\n`
}

/** Writes files below `dir`; a name that ends with '/' is a directory. */
async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files))
    if (name.endsWith('/')) await mkdir(join(dir, name), { recursive: true })
    else await writeFile(join(dir, name), content)
}

/** The names of the Services in files, in the order of reading. */
async function services(from: readonly string[], input = ''): Promise<unknown[]> {
  const { Service } = await readObjectFiles(from, agentDefaults, async () => Buffer.from(input))
  return Service.map((each) => (each as { metadata: { name: string } }).metadata.name)
}

test('files, directories and stdin are read in the order of the command line', async () => {
  await write({
    'more/': '',
    'more/deeper.yaml/': '',
    'more/deeper.yaml/z.yaml': object('Service', 'deeper'),
    'more/b.yml': object('Service', 'b'),
    'more/a.json': JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }),
    'more/c.yaml': object('Service', 'c'),
    'more/README.md': 'no: [yaml',
    first: object('Namespace', 'prod') + '---\n' + object('Service', 'first'),
  })
  const from = [join(dir, 'first'), '-', join(dir, 'more')]
  assert.deepEqual(await services(from, object('Service', 'piped')), ['first', 'piped', 'a', 'b', 'c'])
})

test('UTF-16 files and stdin with a byte order mark are read', async () => {
  const text = `\ufeff${object('Namespace', 'prod')}---\n${object('Service', 'wide')}`
  await write({ le: Buffer.from(text, 'utf16le'), be: Buffer.from(text, 'utf16le').swap16() })
  assert.deepEqual(await services([join(dir, 'le'), join(dir, 'be'), '-'], text), ['wide', 'wide', 'wide'])
})

test('an export of one namespace needs no Namespace with --namespaced', async () => {
  await write({ export: object('Service', 'web') })
  const options = { ...agentDefaults, namespaces: ['prod'], namespaced: true }
  const { Namespace } = await readObjectFiles([join(dir, 'export')], options)
  assert.deepEqual(Namespace, [{ metadata: { name: 'prod' } }])
  await assert.rejects(services([join(dir, 'export')]), /no Namespace in it .*--namespaced --namespace NAME/)
})

test('the error for unreadable input has its name', async () => {
  await write({ 'empty/': '', latin1: Buffer.from('grün', 'latin1') })
  const refused: readonly (readonly [string[], RegExp])[] = [
    [['-', '-'], /--from - is given twice/],
    [[join(dir, 'none')], /cannot read --from .*none: ENOENT/],
    [[join(dir, 'empty')], /--from .*empty: the directory contains no \*\.yaml/],
    [[join(dir, 'latin1')], /cannot read --from .*latin1: it is not UTF-8 text/],
  ]
  for (const [from, message] of refused)
    await assert.rejects(
      services(from),
      (error) => error instanceof UsageError && message.test(error.message),
    )
})
