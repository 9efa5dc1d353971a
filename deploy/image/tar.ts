/** One entry of a file system. Paths have no leading slash; a directory's path has no final one. */
export type Entry = {
  readonly path: string
  /** Permissions, such as 0o755. */
  readonly mode: number
  /** User and group. Default: 0. */
  readonly owner?: number
} & (
  | { readonly kind: 'directory' }
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly target: string }
)

const blockSize = 512
const types = { file: '0', link: '2', directory: '5' }

/**
 * Writes a tar archive (POSIX ustar) with the entries sorted by path and all times 0, so that equal entries give equal
 * bytes. Throws RangeError for a path or link that does not fit.
 */
export function writeTar(entries: readonly Entry[]): Buffer {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const blocks = sorted.flatMap((entry) => {
    const bytes = entry.kind === 'file' ? entry.bytes : new Uint8Array()
    const padding = Buffer.alloc((blockSize - (bytes.length % blockSize)) % blockSize)
    return [headerOf(entry, bytes.length), bytes, padding]
  })
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)])
}

function headerOf(entry: Entry, size: number): Buffer {
  const header = Buffer.alloc(blockSize)
  const put = (at: number, length: number, text: string): void => {
    if (Buffer.byteLength(text) > length) throw new RangeError(`${text} is too long for a tar archive`)
    header.write(text, at)
  }
  const octal = (at: number, length: number, value: number): void =>
    put(at, length, value.toString(8).padStart(length - 1, '0'))
  const { prefix, name } = splitPath(entry.kind === 'directory' ? `${entry.path}/` : entry.path)
  put(0, 100, name)
  octal(100, 8, entry.mode)
  octal(108, 8, entry.owner ?? 0)
  octal(116, 8, entry.owner ?? 0)
  octal(124, 12, size)
  octal(136, 12, 0)
  // The checksum is that of a header whose checksum is eight blanks.
  header.fill(' ', 148, 156)
  put(156, 1, types[entry.kind])
  if (entry.kind === 'link') put(157, 100, entry.target)
  put(257, 6, 'ustar\0')
  put(263, 2, '00')
  put(345, 155, prefix)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** Splits a path of more than 100 bytes at a slash. */
function splitPath(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path }
  const at = path.indexOf('/', path.length - 101)
  // The final slash of a directory does not separate anything.
  if (at < 0 || at === path.length - 1) throw new RangeError(`${path} is too long for a tar archive`)
  return { prefix: path.slice(0, at), name: path.slice(at + 1) }
}

/** Adds the directories above the entries that are not entries themselves, with mode 0755. */
export function withDirectories(entries: readonly Entry[]): Entry[] {
  const known = new Set(entries.map(({ path }) => path))
  const missing = new Set<string>()
  for (const { path } of entries)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      if (!known.has(path.slice(0, at))) missing.add(path.slice(0, at))
  return [...entries, ...Array.from(missing, (path): Entry => ({ path, kind: 'directory', mode: 0o755 }))]
}
