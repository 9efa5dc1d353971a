import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findResolvers, type ResolverPorts } from './find-resolvers.ts'
import { resolverText } from './resolver.ts'

type Machine = {
  readonly platform?: string
  readonly files?: Readonly<Record<string, string>>
  readonly outputs?: Readonly<Record<string, string>>
  readonly own?: readonly string[]
}

async function find({ platform = 'linux', files = {}, outputs = {}, own = [] }: Machine): Promise<string[]> {
  const ports: ResolverPorts = {
    platform,
    readFile: (path) => Promise.resolve(files[path]),
    run: (program, args) => Promise.resolve(outputs[[program, ...args].join(' ')] ?? outputs[program]),
    ownAddresses: () => own,
  }
  return (await findResolvers(ports)).map(resolverText)
}

test('resolv.conf counts if it names another machine', async () => {
  const files = {
    '/etc/resolv.conf': 'nameserver 127.0.0.1\nnameserver 192.0.2.1\n',
    '/run/systemd/resolve/resolv.conf': 'nameserver 192.0.2.2\n',
  }
  assert.deepEqual(await find({ files }), ['192.0.2.1'])
})

test('behind the stub of systemd-resolved, its upstream servers are used without our own entry', async () => {
  const files = {
    '/etc/resolv.conf': 'nameserver 127.0.0.53\n',
    '/run/systemd/resolve/resolv.conf': 'nameserver 127.0.0.1\nnameserver 192.0.2.2\nnameserver fe80::1%3\n',
  }
  assert.deepEqual(await find({ files }), ['192.0.2.2', 'fe80::1%3'])
})

test('behind NetworkManager’s dnsmasq, its upstream servers are used', async () => {
  const files = {
    '/etc/resolv.conf': 'nameserver 127.0.0.1\n',
    '/run/NetworkManager/no-stub-resolv.conf': 'nameserver 192.0.2.3\n',
  }
  assert.deepEqual(await find({ files }), ['192.0.2.3'])
})

test('a resolver at an own address is not used, and no file at all means none', async () => {
  const files = { '/etc/resolv.conf': 'nameserver 172.17.0.1\n' }
  assert.deepEqual(await find({ files, own: ['172.17.0.1'] }), [])
  assert.deepEqual(await find({ files, own: ['172.17.0.2'] }), ['172.17.0.1'])
  assert.deepEqual(await find({}), [])
})

test('macOS: scutil', async () => {
  const outputs = { 'scutil --dns': 'DNS configuration\n\nresolver #1\n  nameserver[0] : 192.0.2.4\n' }
  assert.deepEqual(await find({ platform: 'darwin', outputs }), ['192.0.2.4'])
  assert.deepEqual(await find({ platform: 'darwin' }), [])
})

test('Windows: PowerShell, else netsh', async () => {
  const netsh = {
    'netsh interface ipv4 show dnsservers': '    Statically Configured DNS Servers:    192.0.2.6\n',
    'netsh interface ipv6 show dnsservers': '    Statically Configured DNS Servers:    2001:db8::6\n',
  }
  const shell = {
    'powershell.exe': '[{"ServerAddresses":["fec0:0:0:ffff::1%1"]},{"ServerAddresses":["192.0.2.5"]}]',
  }
  assert.deepEqual(await find({ platform: 'win32', outputs: { ...netsh, ...shell } }), ['192.0.2.5'])
  assert.deepEqual(await find({ platform: 'win32', outputs: netsh }), ['192.0.2.6'])
})
