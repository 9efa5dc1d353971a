import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blank, readRepository, readTree, type Source, type Tree } from './house/source.ts'

/*
 * Rules that every file keeps. Each is a function from source files to complaints. Each proves itself on files that
 * must cause a complaint and on files that must not, before it looks at this repository. Which room may import
 * which is in house/imports.test.ts.
 */

type Rule = {
  readonly name: string
  readonly check: (sources: readonly Source[]) => string[]
  /** Each is a tree that must cause a complaint. */
  readonly bad: readonly Tree[]
  /** Each is a tree that must cause none. */
  readonly good: readonly Tree[]
}

// Sizes

const longest = { file: 400, ninetieth: 250, median: 90 }

function checkSizes(sources: readonly Source[]): string[] {
  const files = sources
    .filter(({ isTest }) => !isTest)
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .toSorted((a, b) => a.lines - b.lines)
  const complaints = files
    .filter(({ lines }) => lines > longest.file)
    .map(({ path, lines }) => `${path} has ${lines} lines, a file has at most ${longest.file}`)
  const lines = files.map((file) => file.lines)
  const median = quantile(lines, 0.5)
  const ninetieth = quantile(lines, 0.9)
  if (median > longest.median)
    complaints.push(`the median of all files is ${median} lines, above ${longest.median}`)
  if (ninetieth > longest.ninetieth)
    complaints.push(`one file in ten has ${ninetieth} lines or more, above ${longest.ninetieth}`)
  return complaints
}

function quantile(ordered: readonly number[], part: number): number {
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * part))] ?? 0
}

// What a file must not hold

/** A rule that finds a pattern in the code of some files. */
function nowhere(
  what: string,
  pattern: RegExp,
  applies: (source: Source) => boolean,
  view: 'code' | 'bare' | 'text' = 'bare',
): Rule['check'] {
  return (sources) =>
    sources.filter(applies).flatMap((source) =>
      source[view].split('\n').flatMap((line, index) => {
        const found = pattern.exec(line)
        return found ? [`${source.path}:${index + 1}: ${found[0].trim()}: ${what}`] : []
      }),
    )
}

const isSource = (source: Source): boolean => !source.isTest && source.path.endsWith('.ts')
const mayReadClock = /^(cli|host)\/|^cost\/watch\.ts$|^worker\/cloudflare\//
const clock =
  /\bDate\s*\.\s*now\b|\bnew\s+Date\b\s*(\(\s*\)|(?!\s*\())|(?<!new\s+)\bDate\s*\(|\bperformance\s*\.\s*now\b|\bhrtime\b|\bTemporal\s*\.\s*Now\b/
const environment = /\bprocess\s*(\.|\?\.)\s*env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/
const notErasable =
  /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s+\w|^\s*(export\s+)?(declare\s+)?(namespace|module)[ \t]+[\w.]+[ \t]*\{|[(,]\s*(public|private|protected|readonly|override)\s+(readonly\s+)?\w+\s*[?:]|^\s*(public|private|protected)\s+(readonly\s+)?\w+\s*\??:[^;=]*,\s*$/
// Put together here, or this file would break its own rule.
const leftovers = ['TO', 'FIX', 'XX'].map((start, index) => start + (['DO', 'ME', 'X'][index] ?? ''))
const leftover = new RegExp(`\\b(${leftovers.join('|')})\\b`)
const protocolNumber = /(?<![\w.])(63|0x3f|16_?383|0x3fff|49_?152|0xc000|0xc0)(?![\w.])/i

// Documentation

const exported =
  /^export\s+(?:default\s+)?(?:async\s+)?(?:function\*?\s*(?<function>\w*)|(?:abstract\s+)?class\s+(?<class>\w+)|const\s+(?<const>\w+)(?::[^\n]*?)?\s=\s*(?:async\s*)?(?:function\b|(?:<[^\n]*>)?\((?:[^()]|\([^()]*\))*\)(?::[^\n]*?)?\s*=>|\w+\s*=>))/gm

function checkDocumented(sources: readonly Source[]): string[] {
  const complaints: string[] = []
  for (const source of sources.filter(isSource)) {
    let before = ''
    for (const match of source.code.matchAll(exported)) {
      const name = match.groups?.function ?? match.groups?.class ?? match.groups?.const ?? ''
      const above = source.text.slice(0, match.index).trimEnd()
      const isOverload = name === before && match.groups?.function !== undefined
      before = name
      const start = above.lastIndexOf('/**')
      const isDocumented = above.endsWith('*/') && start >= 0 && !above.slice(start, -2).includes('*/')
      const isDirect = !/\n\s*\n/.test(source.text.slice(above.length, match.index))
      if (!isOverload && !(isDocumented && isDirect))
        complaints.push(`${source.path}: ${name} has no doc comment above it`)
    }
  }
  return complaints
}

// The rules

const lines = (count: number): string => 'x\n'.repeat(count)

const rules: readonly Rule[] = [
  {
    name: `files are short: none above ${longest.file} lines, nine of ten within ${longest.ninetieth}, half within ${longest.median}`,
    check: checkSizes,
    bad: [
      { 'dns/a.ts': lines(401), 'dns/b.ts': '', 'dns/c.ts': '', ...manyFiles(20, 1) },
      manyFiles(10, 91),
      { ...manyFiles(8, 10), 'dns/y.ts': lines(251), 'dns/z.ts': lines(251) },
    ],
    good: [
      { 'dns/a.ts': lines(400), ...manyFiles(19, 90) },
      { 'dns/a.test.ts': lines(900), 'test/b.ts': lines(900) },
    ],
  },
  {
    name: 'the clock is read at the edges of the program only',
    check: nowhere(
      'time is an argument',
      clock,
      (source) => isSource(source) && !mayReadClock.test(source.path),
    ),
    bad: [
      { 'worker/a.ts': 'const now = Date.now()' },
      { 'sync/a.ts': 'const now = new Date()' },
      { 'sync/a.ts': 'const now = +new Date' },
      { 'sync/a.ts': 'const text = Date()' },
      { 'dns/a.ts': 'const t = `${performance.now()}`' },
      { 'snapshot/a.ts': 'const now: () => number = Date.now' },
    ],
    good: [
      { 'worker/a.ts': "// Date.now is not for us\nconst text = 'Date.now()'\nconst then = new Date(atMs)" },
      {
        'worker/cloudflare/worker.ts': 'Date.now()',
        'cli/a.ts': 'new Date()',
        'host/a.ts': 'performance.now()',
      },
      {
        'worker/cloudflare/durable-object.ts': 'Date.now()',
        'sync/a.test.ts': 'Date.now()',
        'bench/a.ts': 'Date.now()',
      },
    ],
  },
  {
    name: 'the environment is read in cli/ only',
    check: nowhere(
      'options are arguments',
      environment,
      (source) => isSource(source) && source.top !== 'cli',
    ),
    bad: [
      { 'sync/a.ts': 'const key = process.env.KEY' },
      { 'host/a.ts': "const key = process.env['KEY']" },
      { 'sync/a.ts': 'const { env } = process' },
    ],
    good: [
      { 'cli/a.ts': 'process.env.KEY' },
      { 'sync/a.ts': '/** Not process.env. */\nconst a = given.env' },
    ],
  },
  {
    name: 'nothing needs a compiler: no enum, namespace or parameter property',
    check: nowhere('Node strips types and compiles nothing', notErasable, (source) =>
      source.path.endsWith('.ts'),
    ),
    bad: [
      { 'dns/a.ts': 'export enum Colour { Red }' },
      { 'dns/a.ts': 'const enum Colour { Red }' },
      { 'dns/a.ts': 'namespace Colours {' },
      { 'dns/a.ts': 'class A { constructor(private readonly b: string) {} }' },
      { 'dns/a.ts': 'class A {\n  constructor(\n    public b: string,\n  ) {}\n}' },
    ],
    good: [
      {
        'dns/a.ts':
          'class A {\n  private readonly b: string = c\n  readonly d: string\n}\ntype O = { readonly namespace: string }\nconst namespace = 1',
      },
    ],
  },
  {
    name: 'what is exported as a function or class says what it does',
    check: checkDocumented,
    bad: [
      { 'dns/a.ts': 'export function f(): void {}' },
      { 'dns/a.ts': 'export async function f(): Promise<void> {}' },
      { 'dns/a.ts': 'export class A {}' },
      { 'dns/a.ts': 'export const f = (a: number): number => a' },
      { 'dns/a.ts': 'export const f: Reader<string> = (value, path) =>\n  value' },
      { 'dns/a.ts': 'export const f = async <T>(a: T) => a' },
      { 'dns/a.ts': '/** F. */\n\nexport function f(): void {}' },
      { 'dns/a.ts': '/** G. */\nconst g = 1\nexport function f(): void {}' },
      { 'dns/a.ts': '// F.\nexport function f(): void {}' },
    ],
    good: [
      { 'dns/a.ts': '/** F. */\nexport function f(): void {}\n\n/**\n * A.\n */\nexport class A {}' },
      { 'dns/a.ts': '/** F. */\nexport function f(a: string): void\nexport function f(a: number): void' },
      { 'dns/a.ts': 'export const limit = (1 + 2) * 3\nexport type T = () => void\nfunction f(): void {}' },
      { 'dns/a.test.ts': 'export function f(): void {}' },
    ],
  },
  {
    name: 'nothing is left for later',
    check: nowhere('do it or drop it', leftover, () => true, 'text'),
    bad: leftovers.flatMap((word) => [{ 'dns/a.ts': `// ${word}: later` }, { 'docs/a.md': word }]),
    good: [{ 'dns/a.ts': 'const todo = 1' }],
  },
  {
    name: "the protocol's numbers stand in dns/limits.ts",
    check: nowhere(
      'name it in dns/limits.ts',
      protocolNumber,
      (source) => isSource(source) && /^(dns|worker)\//.test(source.path) && source.path !== 'dns/limits.ts',
    ),
    bad: [
      { 'dns/a.ts': 'if (length > 63) return' },
      { 'worker/a.ts': 'if (at > 16_383) return' },
      { 'dns/a.ts': 'const tag = 0xC000 | at' },
      { 'dns/a.ts': 'const at = u16 & 0x3fff' },
    ],
    good: [
      { 'dns/limits.ts': 'export const maxLabelBytes = 63' },
      { 'dns/a.ts': "const text = '63'\nconst b = byte & 0xff\nconst n = 163 + 0.63 // 63" },
      { 'snapshot/a.ts': 'const bits = 63', 'dns/a.test.ts': '63' },
    ],
  },
]

function manyFiles(count: number, length: number): Tree {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`dns/file${index}.ts`, lines(length)]),
  )
}

const house = readRepository()
const typescript = house.filter(({ path }) => path.endsWith('.ts'))

test('the rules find rooms and files to check', () => {
  for (const room of ['dns', 'snapshot', 'worker', 'test']) {
    assert.ok(
      typescript.some((source) => source.top === room),
      room,
    )
  }
})

test('comments, strings, templates and regular expressions are distinguished', () => {
  const { code, bare } = blank("a(/['\"`/*]/, 'b//', `c ${d('e')} f ${{ g: 1 }.g}`) // h\n/* i */ j / k / l")
  assert.equal(code, "a(/['\"`/*]/, 'b//', `c ${d('e')} f ${{ g: 1 }.g}`)     \n        j / k / l")
  assert.equal(bare.replace(/ +/g, ' '), 'a( , , d( ) { g: 1 }.g ) \n j / k / l')
})

for (const rule of rules) {
  test(rule.name, () => {
    for (const tree of rule.bad)
      assert.notDeepEqual(rule.check(readTree(tree)), [], `missed: ${JSON.stringify(tree)}`)
    for (const tree of rule.good) assert.deepEqual(rule.check(readTree(tree)), [], JSON.stringify(tree))
    assert.deepEqual(rule.check(rule.name === 'nothing is left for later' ? house : typescript), [])
  })
}
