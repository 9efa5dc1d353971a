import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'
import type { FileStatus, Interfaces } from './network-state.ts'
import { type NetworkChange, watchNetwork } from './watch-network.ts'

const lan = [{ address: '192.168.1.7', netmask: '255.255.255.0', internal: false }]
const loopback = [{ address: '127.0.0.1', netmask: '255.0.0.0', internal: true }]
const file: FileStatus = { dev: 1, ino: 2, size: 30, mtimeMs: 1_000 }

function start(t: TestContext) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.after(() => mock.timers.reset())
  const world: { nowMs: number; interfaces: Interfaces; files: (FileStatus | undefined)[] } = {
    nowMs: 0,
    interfaces: { lo: loopback, eth0: lan },
    files: [file, undefined],
  }
  const reports: { readonly atMs: number; readonly changes: NetworkChange[] }[] = []
  const watch = watchNetwork({
    interfaces: () => world.interfaces,
    resolverFiles: () => Promise.resolve(world.files),
    now: () => world.nowMs,
    onChange: (changes) => reports.push({ atMs: world.nowMs, changes: [...changes].toSorted() }),
  })
  const pass = async (ms: number): Promise<void> => {
    for (let step = 0; step < ms; step += 100) {
      world.nowMs += 100
      mock.timers.tick(100)
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    }
  }
  return { world, reports, pass, watch }
}

test('nothing is reported while nothing changes', async (t) => {
  const { reports, pass } = start(t)
  await pass(20_000)
  assert.deepEqual(reports, [])
})

test('an address that comes or goes is reported once, after it is quiet', async (t) => {
  const { world, reports, pass } = start(t)
  await pass(1_000)
  world.interfaces = { lo: loopback }
  await pass(9_000)
  assert.deepEqual(reports, [{ atMs: 2_500, changes: ['interfaces'] }])
  world.interfaces = { lo: loopback, wlan0: lan }
  await pass(10_000)
  assert.deepEqual(
    reports.map(({ changes }) => changes),
    [['interfaces'], ['interfaces']],
  )
})

test('loopback and the order of interfaces do not matter', async (t) => {
  const { world, reports, pass } = start(t)
  world.interfaces = { eth0: lan, lo: [...loopback, { address: '::1', netmask: 'ffff::', internal: true }] }
  await pass(10_000)
  assert.deepEqual(reports, [])
})

test('a file that is written, replaced, created or removed is reported', async (t) => {
  const { world, reports, pass } = start(t)
  await pass(1_000)
  for (const files of [
    [{ ...file, mtimeMs: 2_000 }, undefined],
    [{ ...file, ino: 9 }, undefined],
    [{ ...file, ino: 9 }, file],
    [undefined, file],
  ]) {
    world.files = files
    await pass(4_000)
  }
  assert.deepEqual(
    reports.map(({ changes }) => changes),
    [['resolvers'], ['resolvers'], ['resolvers'], ['resolvers']],
  )
})

test('a clock that jumps, as after a sleep, is reported', async (t) => {
  const { world, reports, pass } = start(t)
  await pass(3_000)
  world.nowMs += 3_600_000
  await pass(5_000)
  world.nowMs -= 1_800_000
  await pass(5_000)
  assert.deepEqual(
    reports.map(({ changes }) => changes),
    [['clock'], ['clock']],
  )
})

test('several changes in a short time are one report', async (t) => {
  const { world, reports, pass } = start(t)
  await pass(1_900)
  world.interfaces = { lo: loopback }
  world.files = [undefined, undefined]
  await pass(5_000)
  assert.deepEqual(
    reports.map(({ changes }) => changes),
    [['interfaces', 'resolvers']],
  )
})

test('a look can be asked for, and after the end nothing is reported', async (t) => {
  const { world, reports, pass, watch } = start(t)
  await pass(100)
  world.interfaces = {}
  await watch.look()
  await pass(600)
  assert.equal(reports.length, 1)
  watch.stop()
  world.interfaces = { lo: loopback, eth0: lan }
  await watch.look()
  await pass(10_000)
  assert.equal(reports.length, 1)
})
