import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

/** The folder of this checkout. */
export const repositoryRoot = dirname(dirname(import.meta.dirname))

/** A file of this repository, as rules look at it. */
export type Source = {
  readonly path: string
  /** The first folder of the path, '' for files at the top. */
  readonly top: string
  readonly isTest: boolean
  readonly text: string
  /** The text with comments blanked. */
  readonly code: string
  /** The text with comments, strings and regular expressions blanked. */
  readonly bare: string
}

/** Paths and texts. */
export type Tree = Readonly<Record<string, string>>

/** Tests, and files that only tests import. */
export const testFile = /(^|\/)(test-[^/]+|[^/]+\.(test|case))\.ts$/

/** Splits a file into the views that rules look at. Knows strings, templates, comments and regular expressions. */
export function readSource(path: string, text: string): Source {
  const top = path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
  const isTest = testFile.test(path) || top === 'test' || top === 'bench'
  return { path, top, isTest, text, ...blank(text) }
}

const token =
  /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=(?:^|[=(,:[!&|?{};\n]|=>|return)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*|`|[{}]/g

/** Code with comments blanked, and with strings and regular expressions blanked too; lines keep their numbers. */
export function blank(text: string): { code: string; bare: string } {
  const toSpaces = (part: string): string => part.replace(/[^\n]/g, ' ')
  let code = ''
  let bare = ''
  let done = 0
  // The owner of each open brace: an expression in a template, or code.
  const open: ('template' | 'code')[] = []
  const copy = (end: number): void => {
    code += text.slice(done, end)
    bare += text.slice(done, end)
    done = end
  }
  const skipTemplate = (from: number): void => {
    let at = from
    while (at < text.length && text[at] !== '`' && !text.startsWith('${', at)) at += text[at] === '\\' ? 2 : 1
    const isExpression = text.startsWith('${', at)
    if (isExpression) open.push('template')
    const end = Math.min(text.length, at + (isExpression ? 2 : 1))
    code += text.slice(done, end)
    bare += toSpaces(text.slice(done, end))
    done = end
    token.lastIndex = end
  }
  token.lastIndex = 0
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found] = match
    copy(match.index)
    if (found === '`') skipTemplate(match.index + 1)
    else if (found === '{') open.push('code')
    else if (found === '}') {
      if (open.pop() === 'template') skipTemplate(match.index + 1)
    } else {
      const isComment = found.startsWith('/*') || found.startsWith('//')
      code += isComment ? toSpaces(found) : found
      bare += toSpaces(found)
      done = match.index + found.length
    }
  }
  copy(text.length)
  return { code, bare }
}

/** One import or re-export; typeOnly where nothing of it is left at run time. */
export type Import = { readonly specifier: string; readonly typeOnly: boolean }

const importForms =
  /(?:^|[\n;])\s*(?:import|export)\s+(?<type>type\s)?(?<names>[^'"`;()=]*?)\bfrom\s*['"](?<from>[^'"]+)['"]|(?:^|[\n;])\s*import\s*['"](?<bare>[^'"]+)['"]|\bimport\s*\(\s*['"`](?<called>[^'"`]+)['"`]/g

/** The imports and re-exports of a file. */
export function importsOf(source: Source): Import[] {
  return [...source.code.matchAll(importForms)].map(({ groups = {} }) => {
    const specifier = groups.from ?? groups.bare ?? groups.called ?? ''
    const names = /\{(.*)\}/s
      .exec(groups.names ?? '')?.[1]
      ?.split(',')
      .map((name) => name.trim())
    const onlyTypes = names?.filter((name) => name !== '').every((name) => name.startsWith('type '))
    return { specifier, typeOnly: groups.type !== undefined || onlyTypes === true }
  })
}

/** A relative specifier → the path it names; others as they are. */
export function targetOf(source: Source, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(source.path), specifier) : specifier
}

/** Sources of a tree given as texts. */
export function readTree(tree: Tree): Source[] {
  return Object.entries(tree).map(([path, text]) => readSource(path, text))
}

/** All source, documentation and configuration files of this repository. */
export function readRepository(): Source[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  })
  const paths = new Set(listed.split('\0').filter((path) => /\.(ts|md|ya?ml|sh|toml)$/.test(path)))
  return [...paths]
    .filter((path) => existsSync(join(repositoryRoot, path)))
    .map((path) => readSource(path, readFileSync(join(repositoryRoot, path), 'utf8')))
}
