import { readText } from '../../install/apply/disk.ts'
import { defineCheck } from '../define-check.ts'
import { isFailed } from '../ports.ts'

/** Whether a name under .local goes to DNS or to multicast DNS (RFC 6762). */
export const localCheck = defineCheck({
  id: 'local',
  title: 'names under .local',
  needs: ['answer'],
  findings: {
    elsewhere: { state: 'ok', text: 'The name is not under .local.' },
    ok: { state: 'ok', text: 'nsswitch.conf sends names under .local to DNS.' },
    passed: {
      state: 'ok',
      text: 'nsswitch.conf has {module} before DNS, and the name is found all the same.',
    },
    minimal: {
      state: 'note',
      text: 'nsswitch.conf has {module} before DNS: it keeps names of two labels such as cluster.local for multicast DNS, and lets longer ones pass.',
    },
    multicast: {
      state: 'problem',
      text: 'nsswitch.conf has {module} before DNS: names under .local go to multicast DNS on the local network only.',
      remedy:
        'Use another zone of the cluster (`kubedoh up` has ID.internal), or {module} → mdns4_minimal in /etc/nsswitch.conf, without a file /etc/mdns.allow that lists .local.',
    },
    system: {
      state: 'note',
      text: '{platform} sends names under .local to multicast DNS unless a rule names the zone.',
      remedy: 'Prefer another zone of the cluster, such as ID.internal.',
    },
  },
  async run({ answer }, ports, found) {
    if (!answer?.name.toLowerCase().endsWith('.local')) return found('elsewhere', {})
    const text = await readText(ports.disk, '/etc/nsswitch.conf')
    if (text === undefined) {
      if (ports.platform === 'darwin' || ports.platform === 'win32')
        return found('system', { platform: ports.platform === 'darwin' ? 'macOS' : 'Windows' })
      return found('ok', {})
    }
    const module = multicastModule(text)
    if (module === undefined) return found('ok', {})
    const seen = await ports.lookup(answer.name)
    const allow = await readText(ports.disk, '/etc/mdns.allow')
    const isMinimal = module.includes('_minimal') && allow === undefined
    if (isMinimal) return found('minimal', { module })
    return isFailed(seen) ? found('multicast', { module }) : found('passed', { module })
  },
})

/** The text of an nsswitch.conf → the module of nss-mdns that comes before DNS in the line of hosts; undefined for none. */
export function multicastModule(text: string): string | undefined {
  const services = /^\s*hosts:\s*(.*)$/m.exec(text)?.[1]?.split(/\s+/) ?? []
  const dns = services.findIndex((service) => service === 'dns' || service === 'resolve')
  return services.slice(0, dns < 0 ? undefined : dns).find((service) => service.startsWith('mdns'))
}
