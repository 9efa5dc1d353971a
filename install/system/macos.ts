import { InstallError } from '../errors.ts'
import type { Route } from '../facts.ts'
import { aroundFiles, type Command, plainFile, type Step } from '../step.ts'
import { ownMark } from './mark.ts'
import type { SystemPlan } from './system-plan.ts'

const directory = '/etc/resolver'
/** Makes the system read the files again. */
const flush: readonly Command[] = [
  { argv: ['dscacheutil', '-flushcache'], mayFail: true },
  { argv: ['killall', '-HUP', 'mDNSResponder'], mayFail: true },
]

/** macOS: a file for each zone in /etc/resolver (resolver(5)), with the stub's address and port. Throws InstallError OPTION_SYSTEM for search domains. */
export function planMacos({ zones, reverse, search, host, port }: Route): SystemPlan {
  if (search.length > 0)
    throw new InstallError(
      'OPTION_SYSTEM',
      'macOS keeps search domains with each network: leave --search out, and add them in System Settings, Network, Details, DNS',
    )
  const files: Step[] = [
    { kind: 'directory', path: directory, mode: 0o755 },
    ...[...zones, ...reverse].map((zone) =>
      plainFile(`${directory}/${zone}`, [ownMark, `nameserver ${host}`, `port ${port}`]),
    ),
  ]
  return {
    system: 'macos',
    mode: 'zones',
    steps: aroundFiles(flush, files),
    notes: [
      'a configuration profile with encrypted DNS takes precedence over these files; `scutil --dns` shows which resolver has a zone.',
      ...(zones.some((zone) => zone.endsWith('.local'))
        ? [
            'macOS 26 asks programs for the permission "Local Network" for names under .local; names under .internal work without it.',
          ]
        : []),
    ],
  }
}
