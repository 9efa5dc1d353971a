import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../../house/source.ts'

/*
 * The info string of every `sh` block of a page says what becomes of it. GitHub only reads its first word.
 *
 *   ```sh test=PLACE[/GROUP] [exit=CODE]   npm test runs it in a place of places.ts. The blocks of a page with the same PLACE and
 *                                          GROUP run in order, in one directory
 *   ```sh cluster[=GROUP]                  npm run test:cluster runs it, likewise
 *   ```sh by=FILE                          the test in FILE reads it from the page and runs it
 *   ```sh skip="REASON"                    nothing runs it
 *   ```text output                         below a block that runs: lines of its output, see outputFault
 */

/** A block of shell commands in a page. */
export type Block = {
  /** The page's path in the repository. */
  readonly page: string
  /** The line of its fence, from 1. */
  readonly line: number
  readonly code: string
  readonly marks: Readonly<Record<string, string>>
  /** Lines that its output must have. */
  readonly output: readonly string[]
}

/** All pages: the tracked Markdown files, and those that are not tracked yet. */
export function markdownPages(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md']
  return execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8' }).trim().split('\n')
}

/** The blocks of a page of this repository. */
export function blocksOfPage(page: string): Block[] {
  return blocksOf(page, readFileSync(join(repositoryRoot, page), 'utf8'))
}

/** Finds the `sh` blocks of a page's text, and below each its `text output`. A block may be indented, as in a list. */
export function blocksOf(page: string, text: string): Block[] {
  const blocks: Block[] = []
  for (const { index, 1: indent = '', 2: info = '', 3: body = '' } of text.matchAll(
    /^( *)```([^\n]*)\n(.*?)^\1```$/gms,
  )) {
    const code = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    const last = blocks.at(-1)
    if (/^(?:sh|bash|shell|console)\b/.test(info)) {
      const line = text.slice(0, index).split('\n').length
      blocks.push({ page, line, code, marks: marksOf(info), output: [] })
    } else if (info === 'text output' && last) {
      blocks[blocks.length - 1] = { ...last, output: code.trimEnd().split('\n') }
    }
  }
  return blocks
}

function marksOf(info: string): Record<string, string> {
  const marks = [...info.matchAll(/ (\w+)(?:=(?:"([^"]*)"|(\S+)))?/g)]
  return Object.fromEntries(marks.map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? '']))
}

/** The blocks whose mark `name` is there, in groups by page and the mark's value, in the order of the pages. */
export function groupsOf(blocks: readonly Block[], name: string): Map<string, Block[]> {
  return Map.groupBy(
    blocks.filter(({ marks }) => name in marks),
    ({ page, marks }) => `${page} ${marks[name]}`.trim(),
  )
}

/**
 * The first expected line that an output lacks, or undefined. Runs of blanks count as one blank, and the order of the lines
 * does not count; `…` stands for any text.
 */
export function outputFault(expected: readonly string[], printed: string): string | undefined {
  const flat = (line: string): string => line.replaceAll(/\s+/g, ' ').trim()
  const lines = printed.split('\n').map(flat)
  return expected.find((line) => {
    const parts = flat(line)
      .split('…')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    const pattern = new RegExp(`^${parts.join('.*')}$`)
    return !lines.some((printedLine) => pattern.test(printedLine))
  })
}
