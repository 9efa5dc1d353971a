import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../wait-for.ts'
import { background } from './background.ts'
import { behind, needsRoot, withLibraries } from './behind-stub.ts'
import type { Client, Session } from './client.ts'
import { libraryPath } from './debian-packages.ts'
import { openForwarder } from './forwarder.ts'
import { openLan } from './lan.ts'
import { addUsers, overlayPackages } from './overlay.ts'
import { ended, output, versionOf } from './program.ts'
import { recipeZone as zone } from './recipe.ts'
import { settingsFor } from './settings.ts'
import type { Stub } from './stub.ts'

const network = '198.51.100'

const configuration = `[main]
plugins=keyfile
rc-manager=file
dns=dnsmasq
no-auto-default=*
[device-lan]
match-device=interface-name:lan0
managed=1
[connectivity]
enabled=false
`

const connection = `[connection]
id=lan
type=ethernet
interface-name=lan0
[ipv4]
method=manual
address1=${network}.10/24
dns=${network}.1;
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
    version: async () => versionOf('env', ...(await withLibraries(root)), program, '--version'),
    unavailable: needsRoot,
    async open(edge): Promise<Session> {
      const lan = await openLan('lan0', network, { isConfigured: false })
      const names = { format: 'networkmanager', heading: 'dnsmasq' }
      const remove = await prepare(root, await settingsFor(stub, names, edge))
      const bus = background('dbus-daemon', ['--system', '--nofork', '--nopidfile'])
      const hasSocket = async (): Promise<boolean> =>
        (await ended('test', ['-S', '/run/dbus/system_bus_socket'])).code === 0
      await waitFor('D-Bus', hasSocket)
      const manager = background('/usr/sbin/NetworkManager', ['--no-daemon'], await libraryPath(root))
      const running = behind(behind(manager, bus), stub.start(edge))
      const place = { address: '127.0.0.1', port: 53 }
      const session = await openForwarder({ ...place, splits: true, isThorough: true, running }, lan.usual)
      return {
        ...session,
        async close() {
          await session.close()
          await stopDnsmasq()
          await lan.close()
          await remove()
        },
      }
    },
  }
}

/** NetworkManager leaves its dnsmasq to the next NetworkManager. */
async function stopDnsmasq(): Promise<void> {
  const left = await readFile('/run/NetworkManager/dnsmasq.pid', 'utf8').catch(() => '')
  if (left !== '') await ended('kill', [left.trim()])
}

/** Writes the files of NetworkManager, with the recipe as in docs/clients.md but for the usual server, which it adds itself. */
async function prepare(root: string, dnsmasqRecipe: string): Promise<() => Promise<void>> {
  const remove = await overlayPackages(root)
  // A read-only /sys tells NetworkManager that there is no udev to wait for.
  await output('mount', ['-t', 'sysfs', '-o', 'ro', 'sysfs', '/sys'])
  await addUsers(['dnsmasq', 'messagebus', 'netdev'])
  const made = ['conf.d', 'dnsmasq.d', 'system-connections'].map((name) => `/etc/NetworkManager/${name}`)
  for (const place of [...made, '/var/lib/NetworkManager', '/run/NetworkManager', '/run/dbus'])
    await mkdir(place, { recursive: true })
  await writeFile('/etc/NetworkManager/NetworkManager.conf', configuration)
  const lines = dnsmasqRecipe.split('\n').filter((line) => !/^(no-resolv|server=\d)/.test(line))
  await writeFile('/etc/NetworkManager/dnsmasq.d/kubedoh.conf', lines.join('\n'))
  await writeFile('/etc/NetworkManager/system-connections/lan.nmconnection', connection, { mode: 0o600 })
  return async () => {
    await output('umount', ['--lazy', '/sys'])
    await remove()
  }
}
