/** A word for a POSIX shell: as it is where nothing in it is special, else in single quotes. */
export function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
