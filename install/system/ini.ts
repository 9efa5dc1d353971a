import type { ConfigFile } from '../facts.ts'

/** One assignment in files of sections: where it is, and its value, which may be empty. */
export type Assignment = { readonly path: string; readonly key: string; readonly value: string }

/**
 * The assignments of one section in configuration files, in order: systemd's syntax (systemd.syntax(7)), whose lines
 * continue after a backslash, and also that of NetworkManager.
 */
export function assignments(files: readonly ConfigFile[], section: string): Assignment[] {
  return files.flatMap(({ path, text }) => {
    const found: Assignment[] = []
    let current = ''
    for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
      const trimmed = line.trim()
      if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
      const header = /^\[(.*)\]$/.exec(trimmed)
      if (header) current = header[1] ?? ''
      else if (current === section && trimmed.includes('=')) {
        const [key = ''] = trimmed.split('=', 1)
        found.push({ path, key: key.trim(), value: trimmed.slice(key.length + 1).trim() })
      }
    }
    return found
  })
}

/** The last value of a key; undefined if none has it. */
export function lastValue(files: readonly ConfigFile[], section: string, key: string): string | undefined {
  return assignments(files, section).findLast((each) => each.key === key)?.value
}
