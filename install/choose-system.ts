import { InstallError } from './errors.ts'
import type { Facts } from './facts.ts'
import { dnsPlugin } from './system/networkmanager.ts'
import { isLoopbackServer, readResolvConf } from './system/resolv-conf-text.ts'
import { type System, systems } from './system/system-plan.ts'

const ofPlatform: Readonly<Record<Facts['platform'], readonly System[]>> = {
  linux: ['resolved', 'networkmanager', 'dnsmasq', 'resolv-conf'],
  darwin: ['macos'],
  win32: ['windows'],
}

/** The word of --system → the system, if this platform has it. Throws InstallError OPTION_SYSTEM. */
export function systemNamed(word: string, { platform }: Pick<Facts, 'platform'>): System {
  const found = systems.find((system) => system === word)
  if (found && ofPlatform[platform].includes(found)) return found
  throw new InstallError(
    'OPTION_SYSTEM',
    found
      ? `--system ${word} is for another operating system; here it can be ${ofPlatform[platform].join(', ')}`
      : `--system is "${word}", it must be one of ${systems.join(', ')}`,
  )
}

/**
 * The resolver that programs of this machine ask, by preference for what breaks least if the stub dies: one that sends
 * only the zones to it. A plain resolv.conf is last, since all names depend on the stub then.
 */
export function chooseSystem(facts: Facts): System {
  const { platform, resolved, networkManager, dnsmasq, resolvConf } = facts
  if (platform === 'darwin') return 'macos'
  if (platform === 'win32') return 'windows'
  if (resolved.isActive && resolved.isAsked) return 'resolved'
  if (networkManager.isActive && dnsPlugin(facts) === 'dnsmasq') return 'networkmanager'
  const { nameservers } = readResolvConf(resolvConf?.text ?? '')
  const isLocal = nameservers.some((server) => isLoopbackServer(server))
  if (dnsmasq.isActive && isLocal) return 'dnsmasq'
  return 'resolv-conf'
}
