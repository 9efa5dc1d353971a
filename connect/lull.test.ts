import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLull } from './lull.ts'

/** A lull whose turns and queries the test decides. */
function setUp() {
  const world = { arrived: 0, nowMs: 0 }
  const turns: (() => void)[] = []
  const lull = createLull({
    arrived: () => world.arrived,
    nextTurn: (then) => void turns.push(then),
    now: () => world.nowMs,
  })
  const called: string[] = []
  /** Reads queries in one turn. */
  const turn = (queries: number): void => {
    world.arrived += queries
    turns.shift()?.()
  }
  return { world, turns, called, turn, wait: (name: string) => lull(() => void called.push(name)) }
}

test('without a burst, functions are called at the end of the turn, in order', () => {
  const { turns, called, turn, wait } = setUp()
  wait('a')
  wait('b')
  assert.deepEqual([called, turns.length], [[], 1])
  turn(31)
  assert.deepEqual([called, turns.length], [['a', 'b'], 0])
  wait('c')
  turn(0)
  assert.deepEqual(called, ['a', 'b', 'c'])
})

test('they wait while each turn reads as many datagrams as it can', () => {
  const { called, turn, wait } = setUp()
  wait('a')
  for (let count = 0; count < 50; count++) turn(32)
  assert.deepEqual(called, [])
  turn(3)
  assert.deepEqual(called, ['a'])
})

test('a burst without an end delays them by 100 ms at most', () => {
  const { world, called, turn, wait } = setUp()
  wait('a')
  world.nowMs = 99
  turn(32)
  assert.deepEqual(called, [])
  world.nowMs = 100
  turn(32)
  assert.deepEqual(called, ['a'])
})
