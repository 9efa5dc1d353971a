import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type TestMachine, withMachine } from '../apply/dying-machine.case.ts'
import type { Ended } from '../apply/machine.ts'
import { globalServers } from '../system/resolved.ts'
import {
  isWslResolvConf,
  readDnsmasqFacts,
  readNetworkManagerFacts,
  readResolvConfFacts,
  readResolvedFacts,
} from './linux.ts'

const ok: Ended = { code: 0, isMissing: false, output: '' }
const failed: Ended = { code: 3, isMissing: false, output: '' }
const none = async (): Promise<Ended> => failed
const all = async (): Promise<Ended> => ok

test('resolv.conf: its text, the place behind links, and whether it is mounted', () =>
  withMachine(
    { '/run/other/resolv.conf': 'nameserver 192.0.2.1\n', '/etc/x': '' },
    async ({ disk, root }) => {
      assert.equal(await readResolvConfFacts(disk), undefined)
      await symlink('/run/other/resolv.conf', join(root, 'etc/link.conf'))
      await symlink('link.conf', join(root, 'etc/resolv.conf'))
      const facts = { text: 'nameserver 192.0.2.1\n', place: '/run/other/resolv.conf', isMounted: false }
      assert.deepEqual(await readResolvConfFacts(disk), facts)
      await mount(disk, '/run/other/resolv.conf')
      assert.deepEqual(await readResolvConfFacts(disk), { ...facts, isMounted: true })
    },
  ))

/** Writes the list of mounts of a container that has its own file here. */
async function mount(disk: TestMachine['disk'], place: string): Promise<void> {
  const line = `36 35 98:0 /containers/1/resolv.conf ${place} rw,noatime - ext4 /dev/vda rw\n`
  for (const path of ['/proc', '/proc/self']) await disk.makeDirectory(path, 0o755)
  await disk.put('/proc/self/mountinfo', Buffer.from(line), { mode: 0o644 })
}

test('a loop of links ends', () =>
  withMachine({ '/etc/x': '' }, async ({ disk, root }) => {
    await symlink('resolv.conf', join(root, 'etc/resolv.conf'))
    await assert.rejects(readResolvConfFacts(disk), /too many symbolic links/)
  }))

test('WSL writes resolv.conf, unless its configuration says no', async () => {
  const release = { '/proc/sys/kernel/osrelease': '5.15.153.1-microsoft-standard-WSL2\n' }
  const cases: readonly (readonly [files: Record<string, string>, expected: boolean])[] = [
    [{ '/proc/sys/kernel/osrelease': '6.1.0-18-amd64\n' }, false],
    [release, true],
    [{ ...release, '/etc/wsl.conf': '[network]\ngenerateResolvConf = false\n' }, false],
    [{ ...release, '/etc/wsl.conf': '[boot]\nsystemd=true\n' }, true],
  ]
  for (const [files, expected] of cases)
    await withMachine(files, async ({ disk }) => assert.equal(await isWslResolvConf(disk), expected))
})

test('systemd-resolved: drop-ins by name, of which the first directory hides the others', () =>
  withMachine(
    {
      '/etc/systemd/resolved.conf': '[Resolve]\nDNS=192.0.2.1\n',
      '/usr/lib/systemd/resolved.conf.d/10-vendor.conf': '[Resolve]\nDNS=\n',
      '/usr/lib/systemd/resolved.conf.d/20-hidden.conf': '[Resolve]\nDNS=192.0.2.2\n',
      '/etc/systemd/resolved.conf.d/20-hidden.conf': '',
      '/run/systemd/resolved.conf.d/30-run.conf': '[Resolve]\nDNS=192.0.2.3\n',
      '/run/systemd/resolved.conf.d/40-no.txt': '[Resolve]\nDNS=192.0.2.4\n',
    },
    async ({ disk }) => {
      const { config } = await readResolvedFacts(disk, none, undefined)
      assert.deepEqual(globalServers({ config }), [
        { path: '/run/systemd/resolved.conf.d/30-run.conf', server: '192.0.2.3' },
      ])
    },
  ))

test('systemd-resolved is asked through its address, or through nss-resolve', async () => {
  const cases: readonly (readonly [server: string, hosts: string, isAsked: boolean])[] = [
    ['127.0.0.53', 'files dns', true],
    ['127.0.0.54', 'files dns', true],
    ['192.0.2.1', 'files dns', false],
    ['192.0.2.1', 'files mymachines resolve [!UNAVAIL=return] dns', true],
  ]
  for (const [server, hosts, isAsked] of cases)
    await withMachine({ '/etc/nsswitch.conf': `passwd: files\nhosts: ${hosts}\n` }, async ({ disk }) => {
      const resolvConf = { text: `nameserver ${server}\n`, place: '/etc/resolv.conf', isMounted: false }
      assert.equal((await readResolvedFacts(disk, none, resolvConf)).isAsked, isAsked)
    })
})

test('systemd-resolved: the servers and domains of links come from resolvectl', () =>
  withMachine({}, async ({ disk }) => {
    const outputs: Record<string, string> = {
      dns: 'Global: 127.0.0.1:5053\nLink 2 (eth0): 192.0.2.1 192.0.2.2\nLink 3 (tun0):\n',
      domain: 'Global: ~cluster.local\nLink 2 (eth0): example.com\nLink 3 (tun0): ~. ~Corp.example.\n',
    }
    const run = async ([program, word = '']: readonly string[]): Promise<Ended> =>
      program === 'resolvectl' ? { ...ok, output: outputs[word] ?? '' } : ok
    const facts = await readResolvedFacts(disk, run, undefined)
    assert.equal(facts.isActive, true)
    assert.equal(facts.hasLinkServer, true)
    assert.deepEqual(facts.linkDomains, [
      { link: 'eth0', domain: 'example.com' },
      { link: 'tun0', domain: '' },
      { link: 'tun0', domain: 'corp.example' },
    ])
    outputs.dns = 'Global:\nLink 2 (eth0):\n'
    assert.equal((await readResolvedFacts(disk, run, undefined)).hasLinkServer, false)
    const broken = async (argv: readonly string[]): Promise<Ended> => (argv[0] === 'resolvectl' ? failed : ok)
    assert.equal((await readResolvedFacts(disk, broken, undefined)).hasLinkServer, undefined)
  }))

test("NetworkManager: local drop-ins are read last, and hide the vendor's of the same name", () =>
  withMachine(
    {
      '/usr/lib/NetworkManager/conf.d/10-dns.conf': '[main]\ndns=none\n',
      '/usr/lib/NetworkManager/conf.d/20-x.conf': '',
      '/etc/NetworkManager/NetworkManager.conf': '[main]\nplugins=keyfile\n',
      '/etc/NetworkManager/conf.d/10-dns.conf': '[main]\ndns=dnsmasq\n',
    },
    async ({ disk }) => {
      const { isActive, config } = await readNetworkManagerFacts(disk, all)
      assert.equal(isActive, true)
      assert.deepEqual(
        config.map(({ path }) => path),
        [
          '/usr/lib/NetworkManager/conf.d/20-x.conf',
          '/etc/NetworkManager/NetworkManager.conf',
          '/etc/NetworkManager/conf.d/10-dns.conf',
        ],
      )
    },
  ))

test('dnsmasq: the directory of its configuration, if it reads files that end in .conf there', async () => {
  const cases: readonly (readonly [files: Record<string, string>, directory: string | undefined])[] = [
    [{ '/etc/dnsmasq.conf': '#conf-dir=/etc/dnsmasq.d\n' }, undefined],
    [{ '/etc/dnsmasq.conf': 'conf-dir=/etc/dnsmasq.d/,*.conf\n' }, '/etc/dnsmasq.d'],
    [{ '/etc/dnsmasq.conf': 'conf-dir=/etc/dnsmasq.d,.rpmnew,.rpmsave\n' }, '/etc/dnsmasq.d'],
    [{ '/etc/dnsmasq.conf': 'conf-dir=/etc/dnsmasq.d,.conf\n' }, undefined],
    [{ '/etc/dnsmasq.conf': 'conf-dir=/etc/dnsmasq.d,*.dnsmasq\n' }, undefined],
    [{ '/etc/default/dnsmasq': 'CONFIG_DIR=/etc/dnsmasq.d,.dpkg-dist,.dpkg-old\n' }, '/etc/dnsmasq.d'],
    [{ '/etc/default/dnsmasq': '#CONFIG_DIR=/etc/dnsmasq.d\n' }, undefined],
  ]
  for (const [files, directory] of cases)
    await withMachine(files, async ({ disk }) => {
      const facts = await readDnsmasqFacts(disk, none)
      assert.deepEqual(facts, { isActive: false, isInstalled: false, directory })
    })
  await withMachine({ '/usr/sbin/dnsmasq': '' }, async ({ disk }) =>
    assert.equal((await readDnsmasqFacts(disk, all)).isInstalled, true),
  )
})
