import type { World } from '../options/verb.ts'

/** The stream for lines: stderr, or a test's. */
export type Terminal = {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Moves to the start of the line and clears it (ECMA-48 EL). */
const clear = '\r\u001b[K'

/** Writes lines, and on a terminal one status text below them, which the next status replaces. */
export function createStatusLine(terminal: Terminal): Pick<World, 'tell' | 'show'> {
  let shown = ''
  const show = (text: string): void => {
    // A text that wraps cannot be cleared.
    const fitting = text.slice(0, Math.max(0, (terminal.columns ?? 80) - 1))
    if (fitting !== shown) terminal.write(clear + fitting)
    shown = fitting
  }
  return {
    tell: (line) => {
      const below = shown
      terminal.write(below === '' ? `${line}\n` : `${clear}${line}\n${below}`)
    },
    show: terminal.isTTY ? show : undefined,
  }
}
