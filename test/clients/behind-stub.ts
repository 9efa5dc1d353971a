import { chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Background, background } from './background.ts'
import type { Client, Session } from './client.ts'
import { libraryPath } from './debian-packages.ts'
import type { Server, Target } from './dig.ts'
import { withFile } from './edge-forwarders.ts'
import { openForwarder } from './forwarder.ts'
import { output, versionOf } from './program.ts'
import { recipe, usualServer, recipeZone as zone } from './recipe.ts'
import { settingsFor } from './settings.ts'
import type { Stub } from './stub.ts'

/* Resolvers without DoH: they forward to a stub, set up according to docs/clients.md or by `kubedoh profile` (settings.ts). */

/** Options of dnsmasq that drop answers of a cluster, unless the recipe makes exceptions. */
export const strictDnsmasq = ['stop-dns-rebind', 'bogus-priv', 'domain-needed', 'no-hosts', 'user=root']
const dnsmasqAt = { address: '127.0.0.1', port: 5401 }
const unboundAt = { address: '127.0.0.1', port: 5411 }

/** dnsmasq with its protection against DNS rebinding, from Debian's package extracted into `root`. */
export function dnsmasq(root: string, stub: Stub): Client {
  const program = join(root, 'usr/sbin/dnsmasq')
  return {
    name: `dnsmasq behind ${stub.name}`,
    zone,
    programs: [program, stub.program, 'dig'],
    version: async () => versionOf('env', ...(await withLibraries(root)), program, '--version'),
    open: async (edge, usual) =>
      withFile(await dnsmasqConfig(edge, stub), async (file) => {
        const args = ['--keep-in-foreground', `--conf-file=${file}`, '--pid-file=']
        const running = behind(background(program, args, await libraryPath(root)), stub.start(edge))
        return openForwarder({ ...dnsmasqAt, splits: true, isThorough: true, running }, usual)
      }),
  }
}

/** Arguments of `env` for an extracted program. */
export async function withLibraries(root: string): Promise<string[]> {
  return Object.entries(await libraryPath(root)).map(([name, value]) => `${name}=${value}`)
}

async function dnsmasqConfig(edge: Target, stub: Stub): Promise<string> {
  const settings = await settingsFor(stub, { format: 'dnsmasq', heading: 'dnsmasq' }, edge)
  const own = [`listen-address=${dnsmasqAt.address}`, `port=${dnsmasqAt.port}`, 'bind-interfaces']
  // The recipe names the usual resolver; a profile leaves that to the rest of the configuration.
  const usual = settings.includes('no-resolv') ? [] : ['no-resolv', `server=${usualServer}`]
  return [settings, ...usual, ...own, ...strictDnsmasq, ''].join('\n')
}

/** unbound, with DNSSEC validation and protection against private addresses, as in distributions. */
export function unbound(stub: Stub): Client {
  return {
    name: `unbound behind ${stub.name}`,
    zone,
    programs: ['unbound', stub.program, 'dig'],
    version: () => versionOf('unbound', '-V'),
    open: (edge, usual) =>
      withFile(unboundConfig(unboundAt, recipe('unbound', edge.url)), (file) => {
        const running = behind(background('unbound', ['-d', '-p', '-c', file]), stub.start(edge))
        return openForwarder({ ...unboundAt, splits: true, isThorough: true, running }, usual)
      }),
  }
}

/** A trust anchor without a known private key: unsigned names fail validation unless the recipe exempts them. */
export const trustAnchor = '. DS 20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d'

/** unbound on an address, with the recipe's zones and the usual resolver for all other names. */
export function unboundConfig({ address, port }: Server, zones: string): string {
  return `server:
  interface: ${address}
  port: ${port}
  username: ""
  chroot: ""
  use-syslog: no
  private-address: 10.0.0.0/8
  trust-anchor: "${trustAnchor}"
  domain-insecure: "www.example.com"
  domain-insecure: "outside.example"
remote-control:
  control-enable: no
${zones}
forward-zone:
  name: "."
  forward-addr: ${usualServer}
`
}

/**
 * systemd-resolved with the recipe's drop-in, from Debian's package extracted into `root`. The package is never installed,
 * since it would take over the machine's DNS. Needs root.
 */
export function resolved(root: string, stub: Stub): Client {
  const program = join(root, 'lib/systemd/systemd-resolved')
  return {
    name: `systemd-resolved behind ${stub.name}`,
    zone,
    programs: [program, stub.program, 'dig'],
    version: () => versionOf(program, '--version'),
    unavailable: needsRoot,
    async open(edge, usual): Promise<Session> {
      const names = { format: 'systemd-resolved', heading: 'systemd-resolved' }
      const remove = await prepareResolved(await settingsFor(stub, names, edge))
      const env = await libraryPath(root)
      const running = behind(background(program, [], env), stub.start(edge))
      const place = { address: '127.0.0.53', port: 53 }
      const session = await openForwarder({ ...place, splits: true, isThorough: true, running }, usual)
      return {
        ...session,
        async close() {
          await session.close()
          await remove()
        },
      }
    },
  }
}

/** The reason to skip: resolved changes its user, which needs the machine's root. With CI=true that is an error. */
export async function needsRoot(): Promise<string | false> {
  if (/^\s*0\s+0\s+4294967295\s*$/.test(await readFile('/proc/self/uid_map', 'utf8'))) return false
  if (process.env.CI === 'true') throw new Error('CI must run systemd-resolved as root')
  return 'systemd-resolved needs root'
}

/**
 * Gives this mount namespace a separate /run and configuration, and a link whose server is the usual resolver. `linkState`
 * has further lines of the link's state, as systemd-networkd writes it. Returns the function that removes all of this.
 */
export async function prepareResolved(dropIn: string, linkState = ''): Promise<() => Promise<void>> {
  await output('mount', ['-t', 'tmpfs', 'tmpfs', '/run'])
  await mkdir('/run/systemd/resolved.conf.d', { recursive: true })
  await mkdir('/run/systemd/netif/links', { recursive: true })
  await mkdir('/run/systemd/resolve')
  await chown('/run/systemd/resolve', 980, 980)
  for (const file of ['passwd', 'group']) {
    const user =
      file === 'passwd' ? 'systemd-resolve:x:980:980::/:/usr/sbin/nologin' : 'systemd-resolve:x:980:'
    await writeFile(`/run/${file}`, `${await readFile(`/etc/${file}`, 'utf8')}${user}\n`)
    await output('mount', ['--bind', `/run/${file}`, `/etc/${file}`])
  }
  await writeFile('/run/systemd/resolved.conf.d/base.conf', '[Resolve]\nFallbackDNS=\nDNSSEC=no\n')
  await writeFile('/run/systemd/resolved.conf.d/k8s.conf', dropIn)
  await output('ip', ['link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'lan0peer'])
  for (const link of ['lan0peer', 'lan0']) await output('ip', ['link', 'set', link, 'up'])
  await output('ip', ['address', 'add', '192.0.2.10/24', 'dev', 'lan0'])
  const [{ ifindex }] = JSON.parse(await output('ip', ['-json', 'link', 'show', 'lan0'])) as [
    { ifindex: number },
  ]
  const state = `ADMIN_STATE=configured\nOPER_STATE=routable\nDNS=${usualServer}\n${linkState}`
  await writeFile(`/run/systemd/netif/links/${ifindex}`, state)
  return async () => {
    await output('ip', ['link', 'delete', 'lan0'])
    for (const place of ['/etc/passwd', '/etc/group', '/run']) await output('umount', [place])
  }
}

/** A program and the stub that it queries, as one client. */
export function behind(front: Background, stub: Background): Background {
  return {
    tail: () => `${front.tail()}\n${stub.tail()}`,
    line: (pattern, withinMs) => front.line(pattern, withinMs),
    async stop() {
      await front.stop()
      await stub.stop()
    },
    async kill() {
      await front.kill()
      await stub.kill()
    },
  }
}
