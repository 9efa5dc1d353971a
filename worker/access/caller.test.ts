import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymousView, viewKey } from './caller.ts'

test('views of different clusters or namespaces have different keys, whatever the text of a name', async () => {
  const keys = await Promise.all([
    viewKey([]),
    viewKey([['b', 'all']]),
    viewKey([['b', new Set(['*'])]]),
    viewKey([['b', new Set(['all'])]]),
    viewKey([['b', new Set(['x', 'y'])]]),
    viewKey([['b', new Set(['x,y'])]]),
    viewKey([['b', new Set(['x","y'])]]),
    viewKey([['b', new Set(['x;a=*'])]]),
    viewKey([
      ['b', new Set(['x'])],
      ['a', 'all'],
    ]),
    viewKey([
      ['a', 'all'],
      ['b', new Set(['x'])],
    ]),
  ])
  const texts = [anonymousView, ...keys].map(({ text }) => text)
  assert.equal(new Set(texts).size, texts.length)
})

test('a view has the same key in any order of its namespaces, and a short one for many of them', async () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `namespace-${index}`)
  const one = await viewKey([['a', new Set(names)]])
  assert.deepEqual(await viewKey([['a', new Set(names.toReversed())]]), one)
  assert.equal(one.text.length, 43)
})
