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
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    ...keyed('Label', string(label)),
    ...keyed('ProgramArguments', '<array>', ...words.map((word) => `  ${string(word)}`), '</array>'),
    ...(user ? keyed('UserName', string(user.name)) : []),
    ...keyed('RunAtLoad', '<true/>'),
    ...keyed('KeepAlive', '<true/>'),
    ...keyed('ProcessType', string('Interactive')),
    '</dict>',
    '</plist>',
  ]
  return [
    // launchd refuses a file that others may write to.
    { kind: 'file', path: launchdPlist, text: `${lines.join('\n')}\n`, mode: 0o644 },
    {
      kind: 'command',
      run: { argv: ['launchctl', 'bootstrap', 'system', launchdPlist] },
      undo: { argv: ['launchctl', 'bootout', `system/${label}`], mayFail: true },
    },
  ]
}

function keyed(key: string, ...value: readonly string[]): string[] {
  return [`  <key>${key}</key>`, ...value.map((line) => `  ${line}`)]
}

function string(text: string): string {
  return `<string>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`
}
