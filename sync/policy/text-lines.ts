/** YAML's line breaks (YAML 1.2 §5.4). */
const lineBreak = /\r\n|\n|\r/

/** A text's own line break, for lines that are added to it. */
export function lineBreakOf(text: string): string {
  return lineBreak.exec(text)?.[0] ?? '\n'
}

/** An offset in a text → its line, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(lineBreak).length
}

/** The offset at which the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1
}

/** The offset at which the next line begins; the text's length in the last line. */
export function nextLine(text: string, offset: number): number {
  const rest = text.slice(offset)
  const found = lineBreak.exec(rest)
  return found ? offset + found.index + found[0].length : text.length
}

/** The number of characters in front of an offset in its line. */
export function columnAt(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

/** The end of a block without its final lines that are blank or comments. `start` is the start of a line. */
export function withoutFinalComments(text: string, start: number, end: number): number {
  let at = end
  while (at > start) {
    const line = lineStart(text, at - (text.startsWith('\r\n', at - 2) ? 2 : 1))
    if (!/^[ \t]*(?:#.*)?[\r\n]*$/.test(text.slice(line, at))) break
    at = line
  }
  return at
}
