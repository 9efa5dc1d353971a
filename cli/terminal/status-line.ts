import type { World } from '../verb.ts'

/** Where lines are written: stderr, or what a test looks at. */
export type Terminal = {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** To the line's begin, and clear what is behind it (ECMA-48 EL). */
const clear = '\r\u001b[K'

/** Lines, and on a terminal one text below them that is replaced by the next. */
export function createStatusLine(terminal: Terminal): Pick<World, 'tell' | 'show'> {
  let shown = ''
  const show = (text: string): void => {
    // A text that wraps could not be cleared.
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
