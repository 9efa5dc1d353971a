import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseSystem, systemNamed } from './choose-system.ts'
import { plainLinux, withResolved } from './facts.case.ts'
import type { Facts } from './facts.ts'

const ownStub = { text: 'nameserver 127.0.0.1\n', place: '/etc/resolv.conf', isMounted: false }
const dnsmasq = { isActive: true, isInstalled: true, directory: '/etc/dnsmasq.d' }
const byDnsmasq = [{ path: '/etc/NetworkManager/NetworkManager.conf', text: '[main]\ndns = dnsmasq\n' }]

test('the resolver that programs ask is chosen', () => {
  const cases: readonly (readonly [machine: Facts, system: string])[] = [
    [plainLinux, 'resolv-conf'],
    [withResolved, 'resolved'],
    // It runs, but resolv.conf leads past it.
    [{ ...withResolved, resolved: { ...withResolved.resolved, isAsked: false } }, 'resolv-conf'],
    [
      { ...plainLinux, resolvConf: ownStub, networkManager: { isActive: true, config: byDnsmasq } },
      'networkmanager',
    ],
    [{ ...plainLinux, networkManager: { isActive: true, config: [] } }, 'resolv-conf'],
    [{ ...plainLinux, resolvConf: ownStub, dnsmasq }, 'dnsmasq'],
    // It serves others, and this machine does not ask it.
    [{ ...plainLinux, dnsmasq }, 'resolv-conf'],
    [{ ...plainLinux, platform: 'darwin' }, 'macos'],
    [{ ...plainLinux, platform: 'win32' }, 'windows'],
  ]
  for (const [machine, system] of cases) assert.equal(chooseSystem(machine), system)
})

test('--system names a resolver of this operating system', () => {
  assert.equal(systemNamed('dnsmasq', plainLinux), 'dnsmasq')
  assert.throws(() => systemNamed('macos', plainLinux), {
    code: 'OPTION_SYSTEM',
    message: /another operating system/,
  })
  assert.throws(() => systemNamed('bind', plainLinux), {
    code: 'OPTION_SYSTEM',
    message: /must be one of resolved/,
  })
})
