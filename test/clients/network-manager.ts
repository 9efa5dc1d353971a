import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../wait-for.ts'
import { background } from './background.ts'
import { behind, needsRoot } from './behind-stub.ts'
import type { Client, Session } from './client.ts'
import { libraryPath } from './debian-packages.ts'
import { openForwarder } from './forwarder.ts'
import { overlayPackages } from './overlay.ts'
import { ended, output, versionOf } from './program.ts'
import { recipe, usualServer, recipeZone as zone } from './recipe.ts'
import type { Stub } from './stub.ts'

const configuration = `[main]
plugins=keyfile
rc-manager=file
dns=dnsmasq
no-auto-default=*
[device-lan]
match-device=interface-name:lan0
managed=1
[keyfile]
unmanaged-devices=interface-name:lan0peer
[connectivity]
enabled=false
`

const connection = `[connection]
id=lan
type=ethernet
interface-name=lan0
[ipv4]
method=manual
address1=192.0.2.10/24
dns=${usualServer};
[ipv6]
method=disabled
`

/** NetworkManager with dnsmasq and its recipe, from Debian's packages extracted into `root`. Needs root. */
export function networkManager(root: string, stub: Stub): Client {
  const program = join(root, 'usr/sbin/NetworkManager')
  return {
    name: `NetworkManager with dnsmasq behind ${stub.name}`,
    zone,
    programs: [program, 'dbus-daemon', stub.program, 'dig'],
    version: async () => {
      const libraries = Object.entries(await libraryPath(root)).map(([name, value]) => `${name}=${value}`)
      return versionOf('env', ...libraries, program, '--version')
    },
    unavailable: needsRoot,
    async open(edge, usual): Promise<Session> {
      const remove = await prepare(root, recipe('dnsmasq', edge.url))
      const env = await libraryPath(root)
      const bus = background('dbus-daemon', ['--system', '--nofork', '--nopidfile'])
      await waitFor(
        'D-Bus',
        async () => (await ended('test', ['-S', '/run/dbus/system_bus_socket'])).code === 0,
      )
      const manager = background('/usr/sbin/NetworkManager', ['--no-daemon', '--log-level=INFO'], env)
      const running = behind(behind(manager, bus), stub.start(edge))
      const session = await openForwarder(
        { address: '127.0.0.1', port: 53, splits: true, isThorough: true, running },
        usual,
      )
      return {
        ...session,
        async close() {
          await session.close()
          await output('ip', ['link', 'delete', 'lan0'])
          await remove()
        },
      }
    },
  }
}

/** The recipe without the lines that NetworkManager decides: it names the usual servers to its dnsmasq itself. */
async function prepare(root: string, dnsmasqRecipe: string): Promise<() => Promise<void>> {
  const remove = await overlayPackages(root)
  // A read-only /sys tells NetworkManager that there is no udev to wait for.
  await output('mount', ['-t', 'sysfs', '-o', 'ro', 'sysfs', '/sys'])
  for (const [file, line] of [
    ['passwd', 'dnsmasq:x:981:65534::/:/usr/sbin/nologin\nmessagebus:x:982:65534::/:/usr/sbin/nologin'],
    ['group', 'netdev:x:983:\nmessagebus:x:982:'],
  ] as const)
    await writeFile(`/etc/${file}`, `${await readFile(`/etc/${file}`, 'utf8')}${line}\n`)
  const made = ['conf.d', 'dnsmasq.d', 'system-connections'].map((name) => `/etc/NetworkManager/${name}`)
  for (const place of [...made, '/var/lib/NetworkManager', '/run/NetworkManager', '/run/dbus'])
    await mkdir(place, { recursive: true })
  await writeFile('/etc/NetworkManager/NetworkManager.conf', configuration)
  const lines = dnsmasqRecipe.split('\n').filter((line) => !/^(no-resolv|server=\d)/.test(line))
  await writeFile('/etc/NetworkManager/dnsmasq.d/kubedoh.conf', lines.join('\n'))
  await writeFile('/etc/NetworkManager/system-connections/lan.nmconnection', connection, { mode: 0o600 })
  await output('ip', ['link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'lan0peer'])
  await output('ip', ['link', 'set', 'lan0peer', 'up'])
  return async () => {
    await output('umount', ['--lazy', '/sys'])
    await remove()
  }
}
