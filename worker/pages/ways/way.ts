import type { Html } from '../html.ts'

/** One step: what to do, and the command to copy if there is one. */
export type Step = { readonly text: Html; readonly code?: string }

/** The recommended way to set up one system. */
export type Way = {
  readonly title: string
  /** False where no way is good, and the page says why. */
  readonly isRecommended: boolean
  /** What the way does, in a sentence. */
  readonly lead: Html
  /** Three steps at most: install, confirm, check. */
  readonly steps: readonly Step[]
  readonly undo: Step
  /** How the way gets along with a VPN. */
  readonly vpn: Html
  /** Other facts that people need before they begin. */
  readonly notes: readonly Html[]
}

/** A text as one word of a POSIX shell and of PowerShell. Tokens and URLs have no quotation mark. */
export function quoted(text: string): string {
  return `'${text}'`
}

/** The command that takes back an installation of the stub, on all systems. */
export const uninstall = 'kubedoh connect --uninstall'
