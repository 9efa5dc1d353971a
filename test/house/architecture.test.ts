import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { rooms } from './rooms.ts'
import { repositoryRoot } from './source.ts'

/** A page → the rooms that its table describes, in order. */
function describedRooms(page: string): string[] {
  return [...page.matchAll(/^\| `([a-z/]+)` \| \S.*\|$/gm)].map(([, room]) => room ?? '')
}

test('docs/architecture.md has the purpose of every room, once', () => {
  assert.deepEqual(describedRooms('| room | purpose |\n| `dns` | Names |\n| `x` | |\n'), ['dns'])
  const page = readFileSync(join(repositoryRoot, 'docs/architecture.md'), 'utf8')
  assert.deepEqual(describedRooms(page).toSorted(), Object.keys(rooms).toSorted())
})

test('every path that docs/architecture.md names exists', () => {
  const page = readFileSync(join(repositoryRoot, 'docs/architecture.md'), 'utf8')
  const paths = [...page.matchAll(/`([a-z][\w.-]*\/[\w./-]*)`/g)].map(([, path]) => path ?? '')
  assert.ok(paths.length > 40)
  // A name in a file of this repository, such as an object's namespace/name, has no file of its own.
  const missing = paths.filter((path) => path !== 'namespace/name' && !existsSync(join(repositoryRoot, path)))
  assert.deepEqual(missing, [])
})
