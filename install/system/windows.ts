import { InstallError } from '../errors.ts'
import type { Route } from '../facts.ts'
import { powershell, quoted } from './powershell.ts'
import type { SystemPlan } from './system-plan.ts'

/** The name of our rule in both keys. It is always the same, so writing it again replaces it. */
const ruleId = '{6b75626f-6468-4d63-8e6e-656374000001}'
/** Rules of this machine, and those of Group Policy. Where the second key exists, Windows ignores the first. */
const keys = {
  local: 'HKLM:\\SYSTEM\\CurrentControlSet\\Services\\Dnscache\\Parameters\\DnsPolicyConfig',
  policy: 'HKLM:\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DNSClient\\DnsPolicyConfig',
}

/**
 * Windows: a rule of the Name Resolution Policy Table (MS-GPNRPT §2.2.2) for all zones, in the local key, and in that of
 * Group Policy where it exists. Namespaces begin with a dot, which means the zone and everything below it. Throws
 * InstallError OPTION_SYSTEM for a port other than 53, which a rule cannot name, and for search domains.
 */
export function planWindows({ zones, reverse, search, host, port }: Route): SystemPlan {
  if (search.length > 0)
    throw new InstallError(
      'OPTION_SYSTEM',
      'Windows has one list of search domains, which --install does not replace: leave --search out, and see Set-DnsClientGlobalSetting -SuffixSearchList',
    )
  if (port !== 53)
    throw new InstallError(
      'OPTION_SYSTEM',
      `rules of Windows cannot name a port, so the stub must listen on port 53: --listen ${host.includes(':') ? `[${host}]` : host}:53`,
    )
  const namespaces = [...zones, ...reverse].map((zone) => quoted(`.${zone}`)).join(', ')
  const install = [
    ...chooseKeys,
    `foreach ($key in $keys) {`,
    `  $rule = $key + '\\${ruleId}'`,
    `  New-Item -Path $rule -Force | Out-Null`,
    `  New-ItemProperty -LiteralPath $rule -Name 'Version' -PropertyType DWord -Value 2 -Force | Out-Null`,
    // 8: the rule gives nameservers (MS-GPNRPT §2.2.2.13).
    `  New-ItemProperty -LiteralPath $rule -Name 'ConfigOptions' -PropertyType DWord -Value 8 -Force | Out-Null`,
    `  New-ItemProperty -LiteralPath $rule -Name 'Name' -PropertyType MultiString -Value @(${namespaces}) -Force | Out-Null`,
    `  New-ItemProperty -LiteralPath $rule -Name 'GenericDNSServers' -PropertyType String -Value ${quoted(host)} -Force | Out-Null`,
    `  New-ItemProperty -LiteralPath $rule -Name 'Comment' -PropertyType String -Value 'kubedoh connect' -Force | Out-Null`,
    `}`,
    ...readAgain,
  ]
  const undo = [
    ...chooseKeys,
    `foreach ($key in $keys) {`,
    `  $rule = $key + '\\${ruleId}'`,
    `  if (Test-Path -LiteralPath $rule) { Remove-Item -LiteralPath $rule -Recurse -Force }`,
    `}`,
    ...readAgain,
  ]
  return {
    system: 'windows',
    mode: 'zones',
    steps: [{ kind: 'command', run: powershell(install), undo: powershell(undo) }],
    notes: ['nslookup does not follow these rules; Resolve-DnsName does.'],
  }
}

const chooseKeys = [
  `$policy = '${keys.policy}'`,
  `$keys = @('${keys.local}')`,
  `if (Test-Path -LiteralPath $policy) { $keys += $policy }`,
]

const readAgain = [
  `if ($keys.Count -gt 1) { gpupdate.exe /target:computer /force | Out-Null }`,
  `Clear-DnsClientCache`,
]
