import { type Html, html } from '../html.ts'
import type { PageFacts } from '../page-facts.ts'

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

/** The command that takes back an installation of the stub. On Windows, an administrator has no sudo. */
export const uninstall = {
  withSudo: 'sudo kubedoh connect --uninstall',
  plain: 'kubedoh connect --uninstall',
}

/** What people with a token need to know before they paste a command that has it. */
export function tokenNotes({ hasToken }: PageFacts): Html[] {
  if (!hasToken) return []
  return [
    html`The command contains your token, and your shell remembers it. Where others can read that, save the address in a file that only you can read, and use <code>--url-file FILE</code> instead.`,
  ]
}
