import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readIpRoute, readRouteGet, routeTo } from './route.ts'

for (const [what, text, expected] of [
  [
    'the default route',
    '[{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]}]',
    'default eth0 default',
  ],
  [
    'a VPN',
    '[{"dst":"10.96.0.0/16","dev":"wg0","protocol":"static","scope":"link","flags":[]}]',
    'specific wg0 10.96.0.0/16',
  ],
  ['an own address', '[{"type":"local","dst":"127.0.0.1","dev":"lo","table":"local"}]', 'local lo 127.0.0.1'],
] as const) {
  test(`ip route get: ${what}`, () => {
    const route = readIpRoute(text)
    assert.equal(
      route && route.kind !== 'none' && `${route.kind} ${route.interface} ${route.destination}`,
      expected,
    )
  })
}

test('ip route get: a route that drops packets is none, other text is unknown', () => {
  assert.equal(readIpRoute('[{"type":"blackhole","dst":"10.0.0.0/8"}]')?.kind, 'none')
  assert.equal(readIpRoute(''), undefined)
  assert.equal(readIpRoute('[]'), undefined)
})

test('route get of macOS', () => {
  const text = (destination: string, link: string): string =>
    `   route to: 10.96.0.10\ndestination: ${destination}\n       mask: default\n    gateway: 192.168.1.1\n  interface: ${link}\n`
  assert.deepEqual(readRouteGet(text('default', 'en0')), {
    kind: 'default',
    interface: 'en0',
    destination: 'default',
  })
  assert.deepEqual(readRouteGet(text('10.96.0.0', 'utun3')), {
    kind: 'specific',
    interface: 'utun3',
    destination: '10.96.0.0',
  })
  assert.equal(readRouteGet(text('127.0.0.1', 'lo0'))?.kind, 'local')
  assert.equal(readRouteGet('usage: route'), undefined)
})

test('Windows has no command that is read', async () =>
  assert.equal(await routeTo('10.0.0.1', 'win32'), undefined))
