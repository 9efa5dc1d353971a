import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reachable } from './declarations.ts'

test('imports, re-exports and import types are followed; packages and files that nothing mentions are not', async () => {
  const files: Readonly<Record<string, string>> = {
    'lib/a.d.ts':
      "import type { B } from './b.ts'\nexport { c } from '../other/c.ts'\nimport { x } from 'jose'",
    'lib/b.d.ts': 'export type B = import("./d.ts").D',
    'other/c.d.ts': "import '../lib/a.ts'",
    'lib/d.d.ts': '',
    'lib/unused.d.ts': '',
  }
  const found = await reachable(['lib/a.d.ts'], (path) => Promise.resolve(files[path] ?? assert.fail(path)))
  assert.deepEqual([...found].toSorted(), ['lib/a.d.ts', 'lib/b.d.ts', 'lib/d.d.ts', 'other/c.d.ts'])
})
