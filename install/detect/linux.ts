import { type DiskView, readText, realPath } from '../apply/disk.ts'
import type { Machine } from '../apply/machine.ts'
import type { ConfigFile, DnsmasqFacts, NetworkManagerFacts, ResolvConf, ResolvedFacts } from '../facts.ts'
import { lastValue } from '../system/ini.ts'
import { readResolvConf } from '../system/resolv-conf-text.ts'
import { configFiles, dropIns } from './config-files.ts'

type Run = Machine['run']

/** /etc/resolv.conf; undefined if there is none, also behind a link. */
export async function readResolvConfFacts(disk: DiskView): Promise<ResolvConf | undefined> {
  const path = '/etc/resolv.conf'
  const text = await readText(disk, path)
  if (text === undefined) return undefined
  const place = await realPath(disk, path)
  // The fifth field is the place of the mount (proc_pid_mountinfo(5)).
  const mounts = ((await readText(disk, '/proc/self/mountinfo')) ?? '')
    .split('\n')
    .map((line) => line.split(' ')[4])
  return { text, place, isMounted: mounts.includes(path) || mounts.includes(place) }
}

/** Whether WSL writes resolv.conf: it does unless wsl.conf says that it must not. */
export async function isWslResolvConf(disk: DiskView): Promise<boolean> {
  const release = (await readText(disk, '/proc/sys/kernel/osrelease')) ?? ''
  if (!/microsoft/i.test(release)) return false
  const config = await configFiles(disk, ['/etc/wsl.conf'])
  return lastValue(config, 'network', 'generateResolvConf')?.toLowerCase() !== 'false'
}

/** The configuration of systemd-resolved in the order in which it is read (resolved.conf(5)). */
export async function resolvedConfig(disk: DiskView): Promise<ConfigFile[]> {
  const directories = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map(
    (top) => `${top}/systemd/resolved.conf.d`,
  )
  return [...(await configFiles(disk, ['/etc/systemd/resolved.conf'])), ...(await dropIns(disk, directories))]
}

/** systemd-resolved. */
export async function readResolvedFacts(
  disk: DiskView,
  run: Run,
  resolvConf: ResolvConf | undefined,
): Promise<ResolvedFacts> {
  const isActive = await isUnitActive(run, 'systemd-resolved.service')
  const config = await resolvedConfig(disk)
  const hosts = /^hosts:(.*)$/m.exec((await readText(disk, '/etc/nsswitch.conf')) ?? '')?.[1] ?? ''
  const isStub = readResolvConf(resolvConf?.text ?? '').nameservers.some((server) =>
    /^127\.0\.0\.5[34]$/.test(server),
  )
  const [servers, domains] = isActive
    ? [await linkLines(run, 'dns'), await linkLines(run, 'domain')]
    : [undefined, undefined]
  return {
    isActive,
    isAsked: isStub || /\bresolve\b/.test(hosts),
    config,
    hasLinkServer: servers && servers.some(({ words }) => words.length > 0),
    linkDomains: (domains ?? []).flatMap(({ link, words }) =>
      words.map((word) => ({ link, domain: word.replace(/^~/, '').replace(/\.$/, '').toLowerCase() })),
    ),
  }
}

/** The lines of `resolvectl WORD` about links, such as "Link 2 (eth0): 192.0.2.1"; undefined where it fails. */
async function linkLines(
  run: Run,
  word: string,
): Promise<{ readonly link: string; readonly words: readonly string[] }[] | undefined> {
  const { code, output } = await run(['resolvectl', word])
  if (code !== 0) return undefined
  return [...output.matchAll(/^Link \d+ \(([^)]+)\):(.*)$/gm)].map(([, link = '', rest = '']) => ({
    link,
    words: rest.split(/\s+/).filter((each) => each !== ''),
  }))
}

/** NetworkManager. */
export async function readNetworkManagerFacts(disk: DiskView, run: Run): Promise<NetworkManagerFacts> {
  const isActive = await isUnitActive(run, 'NetworkManager.service')
  const [vendor, local] = [['/run', '/usr/lib'], ['/etc']].map((tops) =>
    tops.map((top) => `${top}/NetworkManager/conf.d`),
  )
  // Local drop-ins are read after the main file, those of the vendor before it, unless a local one has their name.
  const names = new Set(await disk.list('/etc/NetworkManager/conf.d'))
  const vendorFiles = await dropIns(disk, vendor ?? [])
  return {
    isActive,
    config: [
      ...vendorFiles.filter(({ path }) => !names.has(path.split('/').at(-1) ?? '')),
      ...(await configFiles(disk, ['/etc/NetworkManager/NetworkManager.conf'])),
      ...(await dropIns(disk, local ?? [])),
    ],
  }
}

/** dnsmasq. */
export async function readDnsmasqFacts(disk: DiskView, run: Run): Promise<DnsmasqFacts> {
  const programs = ['/usr/sbin/dnsmasq', '/usr/bin/dnsmasq', '/sbin/dnsmasq', '/usr/local/sbin/dnsmasq']
  const found = await Promise.all(programs.map((path) => disk.look(path)))
  const main = (await readText(disk, '/etc/dnsmasq.conf')) ?? ''
  const debian = (await readText(disk, '/etc/default/dnsmasq')) ?? ''
  const given = [
    ...[...main.matchAll(/^[ \t]*conf-dir[ \t]*=[ \t]*(\S+)/gm)].map(([, value]) => value ?? ''),
    ...[...debian.matchAll(/^[ \t]*CONFIG_DIR=["']?([^"'\s]+)/gm)].map(([, value]) => value ?? ''),
  ]
  return {
    isActive: await isUnitActive(run, 'dnsmasq.service'),
    isInstalled: found.some((entry) => entry !== undefined),
    directory: given.map(confDirectory).find((directory) => directory !== undefined),
  }
}

/** The value of conf-dir → the directory, if files that end in .conf are read (dnsmasq(8), --conf-dir). */
function confDirectory(value: string): string | undefined {
  const [directory = '', ...endings] = value.split(',')
  const only = endings.filter((ending) => ending.startsWith('*'))
  const isRead = only.length === 0 || only.includes('*.conf')
  return directory.startsWith('/') && isRead && !endings.includes('.conf')
    ? directory.replace(/\/+$/, '')
    : undefined
}

async function isUnitActive(run: Run, unit: string): Promise<boolean> {
  const { code } = await run(['systemctl', 'is-active', '--quiet', unit])
  return code === 0
}
