/** A word for a POSIX shell: unchanged if it has no special characters, else in single quotes. */
export function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
