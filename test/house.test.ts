import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { test } from 'node:test'

/*
 * The rules of the house. Each is a function from source files to complaints, and each is shown files that it
 * must complain about and files that it must not, before it looks at ours.
 */

type Source = {
  readonly path: string
  /** The first folder of the path, '' for files at the top. */
  readonly room: string
  readonly isTest: boolean
  readonly text: string
  /** The text with comments blanked. */
  readonly code: string
  /** The text with comments, strings and regular expressions blanked. */
  readonly bare: string
}

/** Paths and texts. */
type Tree = Readonly<Record<string, string>>

type Rule = {
  readonly name: string
  readonly check: (sources: readonly Source[]) => string[]
  /** Each is a tree that must cause a complaint. */
  readonly bad: readonly Tree[]
  /** Each is a tree that must cause none. */
  readonly good: readonly Tree[]
}

const root = dirname(import.meta.dirname)
const declared = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

// Reading sources

/** Tests, and what only tests import. */
const testFile = /(^|\/)(test-[^/]+|[^/]+\.(test|case))\.ts$/

/** Splits a file into what the rules look at. Knows strings, templates, comments and regular expressions. */
function readSource(path: string, text: string): Source {
  const room = path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
  const isTest = testFile.test(path) || room === 'test' || room === 'bench'
  return { path, room, isTest, text, ...blank(text) }
}

const token =
  /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=(?:^|[=(,:[!&|?{};\n]|=>|return)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*|`|[{}]/g

function blank(text: string): { code: string; bare: string } {
  const toSpaces = (part: string): string => part.replace(/[^\n]/g, ' ')
  let code = ''
  let bare = ''
  let done = 0
  // What each open brace belongs to: a template's expression, or code.
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

type Import = { readonly specifier: string; readonly typeOnly: boolean }

const importForms =
  /(?:^|[\n;])\s*(?:import|export)\s+(?<type>type\s)?(?<names>[^'"`;()=]*?)\bfrom\s*['"](?<from>[^'"]+)['"]|(?:^|[\n;])\s*import\s*['"](?<bare>[^'"]+)['"]|\bimport\s*\(\s*['"`](?<called>[^'"`]+)['"`]/g

/** What a file imports or exports again; typeOnly where nothing of it is left at run time. */
function importsOf(source: Source): Import[] {
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
function targetOf(source: Source, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(source.path), specifier) : specifier
}

// Who may import whom

/** A row allows an import when `from` matches the file and `to` the target; `types` allows types only. */
type Row = { readonly from: RegExp; readonly to: RegExp; readonly types?: true }

const cloudflareFiles = /^worker\/cloudflare\//

const matrix: readonly Row[] = [
  { from: /^dns\//, to: /^dns\// },
  { from: /^check\//, to: /^(check|dns)\// },
  { from: /^snapshot\//, to: /^(snapshot|dns)\/|^jose$/ },
  { from: /^worker\//, to: /^(worker|snapshot|dns)\// },
  { from: /^worker\/app\.ts$/, to: /^hono(\/|$)/ },
  { from: cloudflareFiles, to: /^cloudflare:workers$/ },
  { from: cloudflareFiles, to: /^@cloudflare\/workers-types(\/|$)/, types: true },
  { from: /^sync\//, to: /^(sync|snapshot|dns)\// },
  { from: /^sync\/kube\/(client|connections)\.ts$/, to: /^(@kubernetes\/client-node|undici)$/ },
  { from: /^sync\/kube\/protobuf\.ts$/, to: /^@bufbuild\/protobuf\/wire$/ },
  { from: /^sync\/objects\/file\.ts$/, to: /^js-yaml$/ },
  { from: /^sync\/clock\.ts$/, to: /^node:timers\/promises$/ },
  {
    from: /^host\//,
    to: /^host\/|^worker\/(app|exchange|embedded)\.ts$|^node:|^@peculiar\/x509$|^reflect-metadata$/,
  },
  { from: /^host\//, to: /^(worker|cli)\//, types: true },
  { from: /^host\/upstream-fetch\.ts$/, to: /^undici$/ },
  { from: /^deploy\//, to: /^deploy\/|^node:|^esbuild$/ },
  { from: /^client\//, to: /^(client|dns)\/|^cli\/options\/|^node:|^(dns-packet|undici)$/ },
  { from: /^client\//, to: /^sync\/publish\//, types: true },
  { from: /^cost\//, to: /^(cost|sync|snapshot)\// },
  { from: /^cost\//, to: /^(cli|worker)\//, types: true },
  { from: /^cli\//, to: /^(cli|check|client|cost|host|sync|worker|snapshot|dns)\/|^node:/ },
]

function checkImports(sources: readonly Source[]): string[] {
  const complaints: string[] = []
  for (const source of sources.filter(({ isTest }) => !isTest)) {
    for (const { specifier, typeOnly } of importsOf(source)) {
      const target = targetOf(source, specifier)
      const row = matrix.find(
        ({ from, to, types }) => from.test(source.path) && to.test(target) && (!types || typeOnly),
      )
      if (!row) complaints.push(`${source.path} must not import ${typeOnly ? 'types of ' : ''}${target}`)
      if (testFile.test(target)) complaints.push(`${source.path} imports a test, ${target}`)
      if (specifier.startsWith('.') && !specifier.endsWith('.ts'))
        complaints.push(`${source.path} imports ${specifier} without the file's ending`)
      if (
        !specifier.startsWith('.') &&
        !typeOnly &&
        !isBuiltin(specifier) &&
        specifier !== 'cloudflare:workers'
      ) {
        const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
        // What is built on a developer's machine may use its tools.
        const known = source.room === 'deploy' ? declared.devDependencies : declared.dependencies
        if (!(name in known)) complaints.push(`${source.path} needs ${name}, no dependency of ours`)
      }
    }
  }
  return complaints
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
    name: 'a folder imports only what its row of the matrix allows',
    check: checkImports,
    bad: [
      { 'dns/a.ts': "import { x } from '../snapshot/x.ts'" },
      { 'dns/a.ts': "import { x } from 'jose'" },
      { 'dns/a.ts': "import type { Buffer } from 'node:buffer'" },
      { 'dns/a.ts': "export * from '../worker/x.ts'" },
      { 'dns/a.ts': "const x = await import('../worker/x.ts')" },
      { 'dns/a.ts': "import '../worker/x.ts'" },
      { 'dns/a.ts': "import { x } from './b'" },
      { 'snapshot/a.ts': "import {\n  x,\n  y,\n} from '../sync/x.ts'" },
      { 'worker/a.ts': "import type { x } from '../sync/x.ts'" },
      { 'worker/a.ts': "import { Hono } from 'hono'" },
      { 'worker/a.ts': "import { createHash } from 'node:crypto'" },
      { 'worker/exchange.ts': "import { DurableObject } from 'cloudflare:workers'" },
      { 'worker/reader/reader.ts': "import type { KVNamespace } from '@cloudflare/workers-types'" },
      { 'worker/cloudflare/worker.ts': "import { KVNamespace } from '@cloudflare/workers-types'" },
      { 'sync/a.ts': "import type { x } from '../worker/x.ts'" },
      { 'sync/build.ts': "import { KubeConfig } from '@kubernetes/client-node'" },
      { 'sync/kube/client.ts': "import { load } from 'js-yaml'" },
      { 'check/a.ts': "import { connect } from 'node:tls'" },
      { 'check/a.ts': "import { plain } from '../worker/doh.ts'" },
      { 'dns/a.ts': "import { rows } from '../check/rows.ts'" },
      { 'host/a.ts': "import { createMemory, type Memory } from '../worker/memory.ts'" },
      { 'host/a.ts': "import { publish } from '../sync/publish.ts'" },
      { 'cli/a.ts': "import { startCluster } from '../test/cluster/control-plane.ts'" },
      { 'cli/a.ts': "import { run } from '../bench/main.ts'" },
      { 'cli/a.ts': "import { cases } from '../host/kv.case.ts'" },
      { 'cli/a.ts': "import { startApi } from '../sync/test-api.ts'" },
      { 'deploy/a.ts': "import { x } from '../dns/name.ts'" },
    ],
    good: [
      { 'dns/a.ts': "import { x } from './b.ts'\n// import { y } from 'jose'\nconst text = `from 'hono'`" },
      { 'dns/a.test.ts': "import fc from 'fast-check'\nimport { x } from '../sync/x.ts'" },
      { 'snapshot/a.ts': "import { sign } from 'jose'\nimport { x } from '../dns/x.ts'" },
      {
        'check/a.ts': "import { u16 } from '../dns/read-message.ts'",
        'cli/b.ts': "import '../check/rows.ts'",
      },
      { 'worker/app.ts': "import { Hono } from 'hono'\nimport { cors } from 'hono/cors'" },
      { 'worker/cloudflare/worker.ts': "import { DurableObject } from 'cloudflare:workers'" },
      { 'worker/cloudflare/worker.ts': "import type { KVNamespace } from '@cloudflare/workers-types'" },
      { 'sync/kube/client.ts': "import { KubeConfig } from '@kubernetes/client-node'" },
      {
        'host/a.ts':
          "import { type Memory, type Bound } from '../worker/memory.ts'\nimport { app } from '../worker/app.ts'",
      },
      {
        'cli/a.ts':
          "import { readFile } from 'node:fs/promises'\nimport { publish } from '../sync/publish.ts'",
      },
      { 'bench/a.ts': "import { x } from '../test/x.ts'" },
    ],
  },
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
      (source) => isSource(source) && source.room !== 'cli',
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

function readTree(tree: Tree): Source[] {
  return Object.entries(tree).map(([path, text]) => readSource(path, text))
}

function readHouse(): Source[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  const paths = new Set(listed.split('\0').filter((path) => /\.(ts|md|ya?ml|sh|toml)$/.test(path)))
  return [...paths]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => readSource(path, readFileSync(join(root, path), 'utf8')))
}

const house = readHouse()
const typescript = house.filter(({ path }) => path.endsWith('.ts'))

test('the house has rooms to look at', () => {
  for (const room of ['dns', 'snapshot', 'worker', 'test']) {
    assert.ok(
      typescript.some((source) => source.room === room),
      room,
    )
  }
})

test('comments, strings, templates and regular expressions are told apart', () => {
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
