import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from '../../clients/program.ts'
import { noNamespaces } from '../../examples/namespaces.ts'
import { repositoryRoot } from '../../house/source.ts'
import { type Block, blocksOf, blocksOfPage, groupsOf, markdownPages, outputFault } from './block.ts'
import { placeNames } from './places.ts'
import { runBlock } from './run-block.ts'

const execute = promisify(execFile)
const blocks = markdownPages().flatMap((page) => blocksOfPage(page))
const kinds = ['test', 'cluster', 'by', 'skip']

/** What is wrong with the marks of a block, or undefined. */
async function markFault({ page, line, marks }: Block): Promise<string | undefined> {
  const place = `${page}:${line}`
  const given = kinds.filter((kind) => kind in marks)
  if (given.length !== 1)
    return `${place}: an sh block has one of ${kinds.join(', ')}: see ${import.meta.dirname}`
  const unknown = Object.keys(marks).find((mark) => ![...kinds, 'exit'].includes(mark))
  if (unknown) return `${place}: there is no mark ${unknown}`
  const [kind = ''] = (marks.test ?? '').split('/')
  if ('test' in marks && !placeNames.includes(kind)) return `${place}: there is no place ${kind}`
  if ('skip' in marks && (marks.skip ?? '').length < 10) return `${place}: skip gives no reason`
  if (!('by' in marks)) return undefined
  const file = join(repositoryRoot, marks.by ?? '')
  const isRead = existsSync(file) && (await readFile(file, 'utf8')).includes(basename(page))
  return isRead ? undefined : `${place}: ${marks.by} does not read ${page}`
}

test('every sh block of every page says who runs it, or why nothing does', async () => {
  const bad = [
    'sh',
    'sh test=nowhere',
    'sh skip',
    'sh skip="no"',
    'sh by=README.md',
    'sh test=up cluster',
    'sh test=up if=x',
  ]
  for (const info of bad)
    assert.ok(await markFault(blocksOf('docs/x.md', `\`\`\`${info}\ntrue\n\`\`\`\n`)[0] as Block), info)
  const faults = await Promise.all(blocks.map(markFault))
  assert.deepEqual(
    faults.filter((fault) => fault !== undefined),
    [],
  )
})

test('no page shows commands in another form', async () => {
  for (const page of markdownPages()) {
    const prompt = /^ *\$ \w.*/m.exec(await readFile(join(repositoryRoot, page), 'utf8'))
    assert.equal(prompt?.[0], undefined, `${page}: write an sh block, and its output as "text output"`)
  }
})

test('a wrong exit code and a missing line of output are faults', async () => {
  const place = { dir: tmpdir(), env: { PATH: process.env.PATH ?? '' }, fillIns: { NAME: 'world' } }
  const run = (info: string, code: string, output = ''): Promise<string | undefined> =>
    runBlock(blocksOf('x.md', `\`\`\`${info}\n${code}\n\`\`\`\n${output}`)[0] as Block, place)
  const shown = '```text output\nhello …ld\n```\n'
  assert.equal(await run('sh', 'echo "hello   NAME"', shown), undefined)
  assert.match((await run('sh', 'echo hello', shown)) ?? '', /lacks "hello …ld"/)
  assert.match((await run('sh', 'false\ntrue')) ?? '', /exit code 1 instead of 0/)
  assert.equal(await run('sh exit=3', 'exit 3'), undefined)
  assert.equal(outputFault(['a.c'], 'abc'), 'a.c')
})

const skip = (await noNamespaces()) || (await skipWithout('dig')) || (await skipWithout('kdig'))

test('the blocks of the pages do what they say', { skip, concurrency: 2 }, async (t) => {
  const groups = [...groupsOf(blocks, 'test').keys()]
  assert.ok(groups.length > 0)
  await Promise.all(
    groups.map((group) =>
      t.test(group, async () => {
        const dir = await mkdtemp(join(tmpdir(), 'kubedoh-docs-'))
        const spaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
        const inside = join(import.meta.dirname, 'inside.ts')
        await execute('unshare', [...spaces, process.execPath, inside, group, dir])
        const fault = await readFile(join(dir, 'fault'), 'utf8')
        if (fault !== '') assert.fail(fault)
        await rm(dir, { recursive: true })
      }),
    ),
  )
})
