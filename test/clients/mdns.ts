import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../wait-for.ts'
import { background } from './background.ts'
import { needsRoot, withLibraries } from './behind-stub.ts'
import { hostOf } from './case.ts'
import type { Client, Look, Session } from './client.ts'
import { assertFound } from './connect.ts'
import { libraryPath } from './debian-packages.ts'
import { openForwarding } from './forwarding.ts'
import { buildLookup } from './musl.ts'
import { addUsers, overlayPackages } from './overlay.ts'
import { ended, output, versionOf } from './program.ts'

/** Its names have more than two labels, so that mdns4_minimal leaves them to the other sources. */
export const zone = 'cluster.local'

/** The order of sources that Debian and Ubuntu install. */
const sources = 'hosts: files mdns4_minimal [NOTFOUND=return] dns\n'

/**
 * glibc with nss-mdns and avahi, from Debian's packages extracted into `root`, on a machine whose only nameserver is `kubedoh
 * connect`. Needs root.
 */
export function mdns(root: string): Client {
  const program = join(root, 'usr/sbin/avahi-daemon')
  return {
    name: 'nss-mdns with avahi behind kubedoh connect',
    zone,
    programs: [program, 'gcc', 'dig'],
    version: async () => versionOf('env', ...(await withLibraries(root)), program, '--version'),
    unavailable: needsRoot,
    async open(edge): Promise<Session> {
      const { lookUp, close: closeAvahi } = await openMdns(root)
      const { looks, close } = await openForwarding(edge, lookUp)
      return {
        see: async (one) => assertFound(one, await lookUp(hostOf(one, zone))),
        looks: [seeMulticast(lookUp), ...looks],
        async close() {
          await close()
          await closeAvahi()
        },
      }
    },
  }
}

/** The addresses that glibc finds for a name; 'not found' for none. */
export type LookUp = (name: string) => Promise<readonly string[]>

/** Starts avahi, and makes glibc of this namespace ask it for names under `.local` first, as Debian and Ubuntu do. */
export async function openMdns(
  root: string,
): Promise<{ readonly lookUp: LookUp; readonly close: () => Promise<void> }> {
  const lookup = await buildLookup('gcc', [])
  const libraries = await withLibraries(root)
  const remove = await overlayPackages(root)
  await prepare()
  const args = ['--no-drop-root', '--no-chroot', '--no-rlimits']
  const avahi = background('avahi-daemon', args, await libraryPath(root))
  await waitFor('avahi', async () => (await ended('test', ['-S', '/run/avahi-daemon/socket'])).code === 0)
  return {
    lookUp: async (name) => (await output('env', [...libraries, lookup, name])).trim().split('\n'),
    async close() {
      await avahi.stop()
      await remove()
    },
  }
}

/** The last check then proves that this name was asked for by multicast only, so that the module of nss-mdns is in use. */
export function seeMulticast(lookUp: LookUp): Look {
  return {
    title: 'a name of two labels',
    async see() {
      assert.deepEqual(await lookUp('printer.local'), ['not found'])
      return 'not found'
    },
  }
}

async function prepare(): Promise<void> {
  await mkdir('/run/avahi-daemon', { recursive: true })
  await mkdir('/etc/avahi', { recursive: true })
  await addUsers(['avahi', 'netdev'])
  const others = (await readFile('/etc/nsswitch.conf', 'utf8')).replaceAll(/^hosts:.*\n/gm, '')
  await writeFile('/etc/nsswitch.conf', others + sources)
  await writeFile('/etc/avahi/avahi-daemon.conf', '[server]\nenable-dbus=no\n')
}
