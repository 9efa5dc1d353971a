import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../wait-for.ts'
import { background } from './background.ts'
import { behind, needsRoot, strictDnsmasq, withLibraries } from './behind-stub.ts'
import { hostOf } from './case.ts'
import type { Client, Look, Session } from './client.ts'
import { assertFound } from './connect.ts'
import { libraryPath } from './debian-packages.ts'
import type { Target } from './dig.ts'
import { type LookUp, openMdns, seeMulticast, zone } from './mdns.ts'
import { output, versionOf } from './program.ts'
import { usualServer } from './recipe.ts'
import { profileOf } from './settings.ts'
import { startConnect, stubAt } from './stub.ts'
import { type UsualResolver, usualAddress, usualName } from './usual-resolver.ts'

/** avahi has the port of the other stubs. */
const ownStub = { address: '127.0.0.1', port: 5053 }

/**
 * glibc with nss-mdns and avahi, on a machine whose dnsmasq sends the zones to `kubedoh connect` and all other names elsewhere.
 * Needs root.
 */
export function mdnsZones(root: string): Client {
  const program = join(root, 'usr/sbin/dnsmasq')
  return {
    name: 'nss-mdns with avahi, dnsmasq and kubedoh connect in the mode zones',
    zone,
    programs: [program, join(root, 'usr/sbin/avahi-daemon'), 'gcc'],
    version: async () => versionOf('env', ...(await withLibraries(root)), program, '--version'),
    unavailable: needsRoot,
    async open(edge, usual): Promise<Session> {
      const mdns = await openMdns(root)
      const args = ['--keep-in-foreground', `--conf-file=${await configFile(edge)}`, '--pid-file=']
      const running = behind(background(program, args, await libraryPath(root)), startConnect(edge, ownStub))
      await output('mount', ['--bind', await file('nameserver 127.0.0.1\n'), '/etc/resolv.conf'])
      const { lookUp } = mdns
      const isAnswered = async (): Promise<boolean> => {
        const [first = ''] = await lookUp(`web.default.svc.${zone}`)
        return isIP(first) !== 0
      }
      await waitFor('its first answer', isAnswered)
      await usual.takeNames()
      return {
        see: async (one) => assertFound(one, await lookUp(hostOf(one, zone))),
        looks: [seeMulticast(lookUp), seeZoneItself(lookUp), seeOther(lookUp), seeNoLeak(usual)],
        async close() {
          await output('umount', ['/etc/resolv.conf'])
          await running.stop()
          await mdns.close()
        },
      }
    },
  }
}

async function file(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'kubedoh-mdns-')), 'file')
  await writeFile(path, text)
  return path
}

async function configFile(edge: Target): Promise<string> {
  const own = ['no-resolv', `server=${usualServer}`, 'listen-address=127.0.0.1', 'port=53', 'bind-interfaces']
  const zones = (await profileOf('dnsmasq', edge)).replaceAll(`#${stubAt.port}`, `#${ownStub.port}`)
  return file([zones, ...own, ...strictDnsmasq, ''].join('\n'))
}

/** The zone has two labels, so nss-mdns asks for it by multicast, and waits. */
function seeZoneItself(lookUp: LookUp): Look {
  return {
    title: 'the zone itself',
    async see() {
      const beganMs = performance.now()
      assert.deepEqual(await lookUp(zone), ['not found'])
      return `not found, after ${((performance.now() - beganMs) / 1000).toFixed(1)} s`
    },
  }
}

function seeOther(lookUp: LookUp): Look {
  return {
    title: 'other names',
    async see() {
      assert.deepEqual(await lookUp(usualName), [usualAddress])
      return usualAddress
    },
  }
}

/** The last check: no name of the zone, and no name of multicast, was sent to the other resolver. */
function seeNoLeak(usual: UsualResolver): Look {
  return {
    title: 'no leak',
    async see() {
      const names = await usual.takeNames()
      assert.ok(names.includes(usualName), `it was asked for: ${names.join(', ')}`)
      assert.deepEqual(
        names.filter((name) => name.endsWith('.local')),
        [],
      )
      return 'none'
    },
  }
}
