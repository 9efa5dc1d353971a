import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import { test } from 'node:test'
import { type Room, rooms } from './rooms.ts'
import {
  importsOf,
  readRepository,
  readTree,
  repositoryRoot,
  type Source,
  type Tree,
  testFile,
} from './source.ts'

/* Which room may import which: house/rooms.ts has the table. */

type Rooms = Readonly<Record<string, Room>>

const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

/** Source files → one complaint for each import that no row of the table allows. */
function checkImports(sources: readonly Source[], table: Rooms = rooms): string[] {
  return sources
    .filter(({ isTest }) => !isTest)
    .flatMap((source) =>
      importsOf(source).flatMap(({ specifier, typeOnly }) =>
        specifier.startsWith('.')
          ? checkFile(source, specifier, typeOnly, table)
          : checkPackage(source, specifier, typeOnly, table),
      ),
    )
}

function checkFile(source: Source, specifier: string, typeOnly: boolean, table: Rooms): string[] {
  const target = posix.join(posix.dirname(source.path), specifier)
  const [from, to] = [posix.dirname(source.path), posix.dirname(target)]
  if (!specifier.endsWith('.ts')) return [`${source.path} imports ${specifier} without the ending .ts`]
  if (testFile.test(target)) return [`${source.path} imports a test, ${target}`]
  const room = table[from]
  if (!room) return [`${source.path} is in ${from}, a room that the table does not list`]
  const allowed = [from, ...(room.imports ?? []), ...(typeOnly ? (room.types ?? []) : [])]
  return allowed.includes(to) || allowed.includes(target)
    ? []
    : [`${source.path} must not import ${typeOnly ? 'types of ' : ''}${target}`]
}

function checkPackage(source: Source, specifier: string, typeOnly: boolean, table: Rooms): string[] {
  const packages = table[posix.dirname(source.path)]?.packages ?? {}
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const files =
    packages[specifier] ?? packages[name] ?? (isBuiltin(specifier) ? packages['node:'] : undefined)
  if (!files || (files !== 'all' && !files.includes(posix.basename(source.path))))
    return [`${source.path} must not import ${specifier}`]
  if (isBuiltin(specifier) || typeOnly || specifier === 'cloudflare:workers') return []
  // The bundle is built on a developer's machine and may use its tools.
  const known = source.top === 'deploy' ? manifest.devDependencies : manifest.dependencies
  return name in known ? [] : [`${source.path} imports ${name}, which package.json does not list`]
}

/** The table → rooms that reach themselves by run-time imports, each with its way. */
function circlesOf(table: Rooms): string[] {
  const circles: string[] = []
  const walk = (room: string, way: readonly string[]): void => {
    const at = way.indexOf(room)
    if (at >= 0) circles.push([...way.slice(at), room].join(' → '))
    else for (const next of table[room]?.imports ?? []) if (next in table) walk(next, [...way, room])
  }
  for (const room of Object.keys(table)) walk(room, [])
  return circles
}

/** The table → rows that no import needs. */
function unusedRows(sources: readonly Source[], table: Rooms): string[] {
  return Object.entries(table).flatMap(([name, room]) => {
    const used = sources
      .filter(({ path, isTest }) => !isTest && posix.dirname(path) === name)
      .flatMap((source) =>
        importsOf(source).map(({ specifier }) => posix.join(posix.dirname(source.path), specifier)),
      )
    return [...(room.imports ?? []), ...(room.types ?? [])]
      .filter((row) => !used.some((target) => target === row || posix.dirname(target) === row))
      .map((row) => `${name} may import ${row}, and does not`)
  })
}

const repository = readRepository().filter(({ path }) => path.endsWith('.ts'))

const forbidden: readonly Tree[] = [
  { 'dns/a.ts': "import { x } from '../snapshot/x.ts'" },
  { 'dns/a.ts': "import { x } from 'jose'" },
  { 'dns/a.ts': "import type { Buffer } from 'node:buffer'" },
  { 'dns/a.ts': "export * from '../worker/x.ts'" },
  { 'dns/a.ts': "const x = await import('../worker/x.ts')" },
  { 'dns/a.ts': "import '../worker/x.ts'" },
  { 'dns/a.ts': "import { x } from './b'" },
  { 'dns/b/a.ts': 'import { x } from "../c.ts"' },
  { 'snapshot/a.ts': "import {\n  x,\n  y,\n} from '../sync/x.ts'" },
  { 'worker/a.ts': "import type { x } from '../sync/x.ts'" },
  { 'worker/a.ts': "import { Hono } from 'hono'" },
  { 'worker/a.ts': "import { createHash } from 'node:crypto'" },
  { 'worker/exchange.ts': "import { DurableObject } from 'cloudflare:workers'" },
  { 'worker/answer/a.ts': "import { createEdge } from '../edge.ts'" },
  { 'worker/answer/a.ts': "import type { View } from '../reader/view.ts'" },
  { 'worker/reader/reader.ts': "import type { KVNamespace } from '@cloudflare/workers-types'" },
  { 'sync/a.ts': "import type { x } from '../worker/x.ts'" },
  { 'sync/objects/a.ts': "import { x } from '../kube/client.ts'" },
  { 'sync/build/a.ts': "import { x } from '../agent.ts'" },
  { 'sync/build/a.ts': "import { KubeConfig } from '@kubernetes/client-node'" },
  { 'check/a.ts': "import { connect } from 'node:tls'" },
  { 'check/a.ts': "import { plain } from '../worker/http/doh.ts'" },
  { 'dns/a.ts': "import { rows } from '../check/rows.ts'" },
  { 'host/store/a.ts': "import { createLru, type Lru } from '../../worker/reader/lru.ts'" },
  { 'host/a.ts': "import { publish } from '../sync/publish/upload.ts'" },
  { 'cli/a.ts': "import { startCluster } from '../test/cluster/control-plane.ts'" },
  { 'cli/a.ts': "import { run } from '../bench/main.ts'" },
  { 'cli/a.ts': "import { cases } from '../host/kv.case.ts'" },
  { 'deploy/a.ts': "import { x } from '../dns/name.ts'" },
]

const allowed: readonly Tree[] = [
  { 'dns/a.ts': "import { x } from './b.ts'\n// import { y } from 'jose'\nconst text = `from 'hono'`" },
  { 'dns/a.test.ts': "import fc from 'fast-check'\nimport { x } from '../sync/x.ts'" },
  { 'snapshot/a.ts': "import { sign } from 'jose'\nimport { x } from '../dns/x.ts'" },
  { 'check/a.ts': "import { u16 } from '../dns/read-message.ts'", 'cli/b.ts': "import '../check/rows.ts'" },
  { 'worker/routes.ts': "import { Hono } from 'hono'\nimport { cors } from 'hono/cors'" },
  { 'worker/cloudflare/a.ts': "import { DurableObject } from 'cloudflare:workers'" },
  { 'worker/reader/a.ts': "import { within } from '../clock.ts'\nimport type { Edge } from '../edge.ts'" },
  { 'host/store/a.ts': "import { type Sql, type Kv } from '../../worker/ports.ts'" },
  { 'bench/a.ts': "import { x } from '../test/x.ts'" },
]

test('a room imports only the rooms and packages in its row of the table', () => {
  for (const tree of forbidden)
    assert.notDeepEqual(checkImports(readTree(tree)), [], `missed: ${JSON.stringify(tree)}`)
  for (const tree of allowed) assert.deepEqual(checkImports(readTree(tree)), [], JSON.stringify(tree))
  assert.deepEqual(checkImports(repository), [])
})

test('run-time imports between rooms have no cycle', () => {
  assert.deepEqual(circlesOf({ a: { imports: ['b'] }, b: { types: ['a'] } }), [])
  assert.notDeepEqual(circlesOf({ a: { imports: ['b'] }, b: { imports: ['c'] }, c: { imports: ['a'] } }), [])
  assert.deepEqual(circlesOf(rooms), [])
})

test('the table has no unused entry', () => {
  assert.deepEqual(
    unusedRows(readTree({ 'a/x.ts': "import '../b/y.ts'" }), { a: { imports: ['b'] }, b: {} }),
    [],
  )
  assert.notDeepEqual(unusedRows(readTree({ 'a/x.ts': '' }), { a: { imports: ['b'] }, b: {} }), [])
  assert.deepEqual(unusedRows(repository, rooms), [])
})
