import { plistText } from '../../setup/profiles/plist.ts'
import type { Step } from '../step.ts'
import type { Service } from './service.ts'

const label = 'dev.kubedoh.connect'
export const launchdPlist = `/Library/LaunchDaemons/${label}.plist`

/**
 * launchd: a daemon that runs as the user who installed it, since /etc/resolver takes a port for which no rights are needed
 * (launchd.plist(5)).
 */
export function planLaunchd({ argv, urlFile, caFile, user }: Service): Step[] {
  // Without a state file nothing is left behind.
  const words = [
    ...argv,
    '--url-file',
    urlFile,
    ...(caFile === undefined ? [] : ['--ca', caFile]),
    '--state',
    'none',
  ]
  const text = plistText({
    Label: label,
    ProgramArguments: words,
    ...(user ? { UserName: user.name } : {}),
    RunAtLoad: true,
    KeepAlive: true,
    ProcessType: 'Interactive',
  })
  return [
    // launchd refuses a file that others may write to.
    { kind: 'file', path: launchdPlist, text, mode: 0o644 },
    {
      kind: 'command',
      run: { argv: ['launchctl', 'bootstrap', 'system', launchdPlist] },
      undo: { argv: ['launchctl', 'bootout', `system/${label}`], mayFail: true },
    },
  ]
}
