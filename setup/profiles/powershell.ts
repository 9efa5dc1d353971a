import { placesOf } from '../places.ts'
import { commentLines } from './comment.ts'
import type { About, Profile, SetupFacts } from './profile.ts'
import { routedZones, unfitUrl, unfitZones } from './zones.ts'

const about: About = {
  id: 'powershell',
  title: 'PowerShell script for Windows 11',
  fileName: 'kubedoh.ps1',
  mediaType: 'text/plain; charset=utf-8',
  systems: ['windows'],
  does: "Sends the names of the cluster's zones to the edge over HTTPS, by a rule of the Name Resolution Policy Table (NRPT).",
  install: 'in PowerShell as administrator, `powershell -ExecutionPolicy Bypass -File kubedoh.ps1`.',
  undo: 'the same with `-Remove`.',
  limits: () => [
    "It needs Windows 11 or Windows Server 2022. It follows Microsoft's documentation and was not tried on Windows.",
    "Windows identifies a DoH server by its address: run the script again when the addresses of the edge's host change.",
    'Where a Group Policy has NRPT rules, Windows ignores local ones; the script then adds its rule there too, and the next update of the policy may remove it.',
    'nslookup does not follow the rules; use Resolve-DnsName.',
  ],
  unfit: (facts) => unfitUrl(facts) ?? unfitZones(facts),
}

/** A script for Windows PowerShell 5.1 and later. Texts from outside are in single quotes, in which nothing is expanded. */
export const powershell: Profile = {
  ...about,
  write: (facts) => `${[...commentLines(about, facts), ...scriptLines(facts)].join('\r\n')}\r\n`,
}

function scriptLines(facts: SetupFacts): string[] {
  const { origin, doh } = placesOf(facts.dohUrl)
  return [
    '#Requires -RunAsAdministrator',
    '#Requires -Version 5.1',
    '[CmdletBinding()]',
    'param([switch]$Remove)',
    '',
    "$ErrorActionPreference = 'Stop'",
    `$origin = '${origin}'`,
    `$template = '${doh}'`,
    '$comment = "kubedoh $origin"',
    '$namespaces = @(',
    routedZones(facts)
      .map((zone) => `  '.${zone}'`)
      .join(',\r\n'),
    ')',
    ...script.split('\n'),
  ]
}

const script = String.raw`$localRules = 'HKLM:\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig'
$policyRules = 'HKLM:\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient\DnsPolicyConfig'

# Removes what this script added before, also with another token.
Get-DnsClientNrptRule | Where-Object { $_.Comment -eq $comment } |
  ForEach-Object { Remove-DnsClientNrptRule -Name $_.Name -Force }
if (Test-Path -LiteralPath $policyRules) {
  Get-ChildItem -LiteralPath $policyRules | Where-Object { $_.GetValue('Comment') -eq $comment } |
    Remove-Item -Recurse
}
Get-DnsClientDohServerAddress | Where-Object { "$($_.DohTemplate)".StartsWith("$origin/") } |
  ForEach-Object { Remove-DnsClientDohServerAddress -ServerAddress $_.ServerAddress }

if (-not $Remove) {
  $addresses = @([System.Net.Dns]::GetHostAddresses(([uri]$origin).IdnHost) |
    ForEach-Object { $_.IPAddressToString })
  foreach ($address in $addresses) {
    Add-DnsClientDohServerAddress -ServerAddress $address -DohTemplate $template -AllowFallbackToUdp $false -AutoUpgrade $true
  }
  Add-DnsClientNrptRule -Namespace $namespaces -NameServers $addresses -Comment $comment
  if (Test-Path -LiteralPath $policyRules) {
    Get-DnsClientNrptRule | Where-Object { $_.Comment -eq $comment } |
      ForEach-Object { Copy-Item -LiteralPath (Join-Path $localRules $_.Name) -Destination $policyRules -Recurse }
  }
}
Clear-DnsClientCache`
