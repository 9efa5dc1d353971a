import { dnsmasqLines } from '../../setup/profiles/dnsmasq-lines.ts'
import { InstallError } from '../errors.ts'
import type { Facts, Route } from '../facts.ts'
import { aroundFiles, plainFile } from '../step.ts'
import { ownMark } from './mark.ts'
import { searchSteps } from './resolv-conf.ts'
import { searchNotes } from './search-notes.ts'
import type { SystemPlan } from './system-plan.ts'

/** dnsmasq as a service: a file in the directory that it reads; search domains go to resolv.conf. Throws InstallError OPTION_SYSTEM if it reads none. */
export function planDnsmasq(facts: Facts, route: Route): SystemPlan {
  const { dnsmasq } = facts
  if (dnsmasq.directory === undefined)
    throw new InstallError(
      'OPTION_SYSTEM',
      'dnsmasq reads no directory of configuration files; add the line conf-dir=/etc/dnsmasq.d/,*.conf to /etc/dnsmasq.conf, and run this again',
    )
  const files = [
    { kind: 'directory', path: dnsmasq.directory, mode: 0o755 } as const,
    plainFile(`${dnsmasq.directory}/kubedoh.conf`, [
      ownMark,
      ...dnsmasqLines(route.zones, route.reverse, route),
    ]),
  ]
  return {
    system: 'dnsmasq',
    mode: 'zones',
    // On SIGHUP it does not read its configuration again (dnsmasq(8), NOTES).
    steps: [
      ...aroundFiles([{ argv: ['systemctl', 'restart', 'dnsmasq.service'] }], files),
      ...searchSteps(facts, route.search),
    ],
    notes: searchNotes(route.search),
  }
}
