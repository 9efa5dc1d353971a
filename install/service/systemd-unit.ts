import { InstallError } from '../errors.ts'
import { plainFile, type Step } from '../step.ts'
import { ownMark } from '../system/mark.ts'
import type { Service } from './service.ts'

const directory = '/etc/systemd/system'
const socketUnit = 'kubedoh-connect.socket'
const serviceUnit = 'kubedoh-connect.service'

/**
 * systemd: a socket unit, so that port 53 needs no rights and no query is lost while the stub starts again, and a service with a
 * user of its own and without capabilities. systemd hands it copies of the files with the URL and the certificates, which
 * only it can read (systemd.exec(5), LoadCredential=). Throws InstallError OPTION_SERVICE for a program in /tmp, which a
 * service does not see.
 */
export function planSystemd(service: Service): Step[] {
  const program = service.argv.find((word) => /^\/(var\/)?tmp\//.test(word))
  if (program !== undefined)
    throw new InstallError(
      'OPTION_SERVICE',
      `${program} is in a directory for temporary files; install kubedoh elsewhere for --service`,
    )
  return [
    { kind: 'command', undo: systemctl('daemon-reload') },
    plainFile(`${directory}/${socketUnit}`, [ownMark, ...socketLines(service)]),
    plainFile(`${directory}/${serviceUnit}`, [ownMark, ...serviceLines(service)]),
    { kind: 'command', run: systemctl('daemon-reload') },
    // What the stub remembers of its edge.
    { kind: 'command', undo: { ...systemctl('clean', '--what=cache', serviceUnit), mayFail: true } },
    {
      kind: 'command',
      run: systemctl('enable', '--now', socketUnit, serviceUnit),
      undo: { ...systemctl('disable', '--now', serviceUnit, socketUnit), mayFail: true },
    },
  ]
}

function systemctl(...words: readonly string[]): { readonly argv: readonly string[] } {
  return { argv: ['systemctl', ...words] }
}

function socketLines({ host, port, bridge }: Service): string[] {
  const places = [[host, port] as const, ...(bridge === undefined ? [] : [[bridge, 53] as const])]
  const addresses = places.map(([at, number]) => `${at.includes(':') ? `[${at}]` : at}:${number}`)
  return [
    '[Unit]',
    'Description=Sockets of kubedoh connect',
    '',
    '[Socket]',
    ...addresses.flatMap((address) => [`ListenDatagram=${address}`, `ListenStream=${address}`]),
    // The bridge may be made later.
    ...(bridge === undefined ? [] : ['FreeBind=yes']),
    '',
    '[Install]',
    'WantedBy=sockets.target',
  ]
}

function serviceLines({ argv, urlFile, caFile, user }: Service): string[] {
  const command = [
    ...argv.map(unitWord),
    '--url-file',
    '${CREDENTIALS_DIRECTORY}/url',
    ...(caFile === undefined ? [] : ['--ca', '${CREDENTIALS_DIRECTORY}/ca']),
    '--state',
    '${CACHE_DIRECTORY}/state.json',
  ]
  const isInHome = argv.some((word) => /^\/(home|root|run\/user)\//.test(word))
  return [
    '[Unit]',
    'Description=Names of Kubernetes clusters (kubedoh connect)',
    `Requires=${socketUnit}`,
    `After=${socketUnit} network.target`,
    // Each query starts it again, so that systemd must not give it up.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.join(' ')}`,
    `LoadCredential=url:${urlFile}`,
    ...(caFile === undefined ? [] : [`LoadCredential=ca:${caFile}`]),
    'CacheDirectory=kubedoh-connect',
    ...(user ? [`User=${user.name}`] : ['DynamicUser=yes']),
    'Restart=always',
    'RestartSec=1',
    '',
    ...hardening,
    `ProtectHome=${isInHome ? 'read-only' : 'yes'}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ]
}

/**
 * Everything that a stub can do without. It needs its sockets, the network, and netlink to list the machine's addresses;
 * MemoryDenyWriteExecute would end V8, which compiles at run time.
 */
const hardening = [
  'CapabilityBoundingSet=',
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'PrivateDevices=yes',
  'PrivateTmp=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'ProtectSystem=strict',
  'RemoveIPC=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallErrorNumber=EPERM',
  'SystemCallFilter=@system-service',
  'UMask=0077',
]

/** A word of ExecStart= (systemd.service(5), COMMAND LINES): quoted, and without specifiers and variables. */
function unitWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (/^[\w./:@%+=,$-]+$/.test(escaped)) return escaped
  return `"${escaped.replace(/["\\]/g, '\\$&')}"`
}
