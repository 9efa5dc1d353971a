import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { type Block, blocksOf, blocksOfPage, markdownPages } from '../docs/blocks/block.ts'
import { placeNames } from '../docs/blocks/place-names.ts'
import { repositoryRoot } from './source.ts'

/* Every sh block of a page says in its info string which test runs it, or why none does: see test/docs/blocks/block.ts. */

const blocks = markdownPages().flatMap((page) => blocksOfPage(page))
const kinds = ['test', 'cluster', 'by', 'skip']

/** What is wrong with the marks of a block, or undefined. */
async function markFault({ page, line, marks }: Block): Promise<string | undefined> {
  const place = `${page}:${line}`
  const given = kinds.filter((kind) => kind in marks)
  if (given.length !== 1)
    return `${place}: an sh block has one of ${kinds.join(', ')}: see test/docs/blocks/block.ts`
  const unknown = Object.keys(marks).find((mark) => ![...kinds, 'exit'].includes(mark))
  if (unknown) return `${place}: there is no mark ${unknown}`
  const [kind = ''] = (marks.test ?? '').split('/')
  if ('test' in marks && !placeNames.some((name) => name === kind))
    return `${place}: there is no place ${kind}`
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
