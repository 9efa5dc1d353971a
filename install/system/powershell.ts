import type { Command } from '../step.ts'

/**
 * A script → the command that runs it in Windows PowerShell, which every Windows has. The script travels encoded, so no
 * shell changes its quotes (about_PowerShell_exe, -EncodedCommand: UTF-16LE in base64).
 */
export function powershell(lines: readonly string[]): Command {
  const script = [
    `$ErrorActionPreference = 'Stop'`,
    `$ProgressPreference = 'SilentlyContinue'`,
    ...lines,
  ].join('\r\n')
  const encoded = Buffer.from(script, 'utf16le').toString('base64')
  return {
    argv: ['powershell.exe', '-NoProfile', '-NonInteractive', '-EncodedCommand', encoded],
    shown: ['PowerShell:', ...lines].join('\n'),
  }
}

/** Text in single quotes, in which PowerShell expands nothing (about_Quoting_Rules). */
export function quoted(text: string): string {
  // PowerShell takes typographic quotes for quotes.
  return `'${text.replace(/['‘’‚‛]/g, (quote) => quote + quote)}'`
}
