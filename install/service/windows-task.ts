import type { Step } from '../step.ts'
import { powershell, quoted } from '../system/powershell.ts'
import type { Service } from './service.ts'

const taskName = 'kubedoh connect'

/** Windows: a scheduled task that starts with the machine, as the account LOCAL SERVICE, which has few rights. */
export function planWindowsTask({ argv, urlFile, caFile }: Service): Step[] {
  const [program = '', ...given] = argv
  // Without a state file nothing is left behind.
  const words = [
    ...given,
    '--url-file',
    urlFile,
    ...(caFile === undefined ? [] : ['--ca', caFile]),
    '--state',
    'none',
  ]
  const install = [
    `$action = New-ScheduledTaskAction -Execute ${quoted(program)} -Argument ${quoted(words.map(windowsWord).join(' '))}`,
    `$trigger = New-ScheduledTaskTrigger -AtStartup`,
    `$principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-19' -LogonType ServiceAccount`,
    `$settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) -ExecutionTimeLimit ([TimeSpan]::Zero)`,
    `Register-ScheduledTask -TaskName '${taskName}' -Action $action -Trigger $trigger -Principal $principal -Settings $settings -Force | Out-Null`,
    `Start-ScheduledTask -TaskName '${taskName}'`,
  ]
  const undo = [
    `$task = Get-ScheduledTask -TaskName '${taskName}' -ErrorAction SilentlyContinue`,
    `if ($task) {`,
    `  Stop-ScheduledTask -TaskName '${taskName}'`,
    `  Unregister-ScheduledTask -TaskName '${taskName}' -Confirm:$false`,
    `}`,
  ]
  return [{ kind: 'command', run: powershell(install), undo: powershell(undo) }]
}

/** A word of a command line of Windows (the rules of CommandLineToArgvW). */
function windowsWord(word: string): string {
  if (/^[^\s"]+$/.test(word)) return word
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}
