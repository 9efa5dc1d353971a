import { dnsmasqLines } from '../../setup/profiles/dnsmasq-lines.ts'
import { InstallError } from '../errors.ts'
import type { Facts, Route } from '../facts.ts'
import { aroundFiles, plainFile, type Step } from '../step.ts'
import { lastValue } from './ini.ts'
import { ownMark } from './mark.ts'
import type { SystemPlan } from './system-plan.ts'

const directory = '/etc/NetworkManager/dnsmasq.d'

/** The value of `dns` in NetworkManager's section [main]; 'default' if it is not set. */
export function dnsPlugin({ networkManager }: Pick<Facts, 'networkManager'>): string {
  return lastValue(networkManager.config, 'main', 'dns') ?? 'default'
}

/**
 * NetworkManager with its own dnsmasq: a file that this dnsmasq reads. Where NetworkManager writes resolv.conf itself, a
 * second file switches it to dnsmasq. A connection's `dns` is not used: it takes no port, and NetworkManager drops one
 * silently. Throws InstallError OPTION_SYSTEM without dnsmasq, or where NetworkManager leaves DNS to another program.
 */
export function planNetworkManager(facts: Facts, route: Route): SystemPlan {
  const plugin = dnsPlugin(facts)
  if (plugin !== 'dnsmasq' && plugin !== 'default')
    throw refusal(
      `NetworkManager has dns=${plugin}, so it leaves names to another program; choose that one with --system`,
    )
  if (!facts.dnsmasq.isInstalled)
    throw refusal(
      'NetworkManager needs the program dnsmasq to send a zone elsewhere; install it (on Debian the package dnsmasq-base)',
    )
  if (route.search.length > 0)
    throw refusal(
      `NetworkManager keeps search domains with each connection: leave --search out, and run \`nmcli connection modify ID +ipv4.dns-search ${route.search[0]}\``,
    )
  const isSwitch = plugin !== 'dnsmasq'
  const files: Step[] = [
    { kind: 'directory', path: directory, mode: 0o755 },
    plainFile(`${directory}/kubedoh.conf`, [ownMark, ...dnsmasqLines(route.zones, route.reverse, route)]),
    ...(isSwitch
      ? [plainFile('/etc/NetworkManager/conf.d/zz-kubedoh.conf', [ownMark, '[main]', 'dns=dnsmasq'])]
      : []),
  ]
  const flags = isSwitch ? ['conf', 'dns-full'] : ['dns-full']
  const reload = flags.map((flag) => ({ argv: ['nmcli', 'general', 'reload', flag] }))
  return {
    system: 'networkmanager',
    mode: 'zones',
    steps: aroundFiles(reload, files),
    notes: isSwitch ? ['NetworkManager starts dnsmasq, which then answers all names of this machine.'] : [],
  }
}

function refusal(message: string): InstallError {
  return new InstallError('OPTION_SYSTEM', message)
}
