import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** The permission bits of a file, and its owner by number. */
export type Attributes = {
  readonly mode: number
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

/** One entry of a directory, as it is: symbolic links are not followed. */
export type DiskEntry =
  | {
      readonly kind: 'file'
      readonly bytes: Uint8Array
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'directory' }
  | { readonly kind: 'other' }

/** Reading a file system. */
export type DiskView = {
  /** undefined: there is nothing of this name, or this user may not see it. */
  look(path: string): Promise<DiskEntry | undefined>
  /** The names in a directory, sorted; none if there is no such directory. */
  list(path: string): Promise<string[]>
}

/** Changing a file system, in steps that a crash may separate. All throw the system's errors. */
export type Disk = DiskView & {
  /** Writes a file, over what it had, and waits until it is on the disk. */
  put(path: string, bytes: Uint8Array, attributes: Attributes): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Removes a file; one that is not there is no error. */
  remove(path: string): Promise<void>
  makeDirectory(path: string, mode: number): Promise<void>
  /** Removes a directory if it is empty; one that is not there or not empty is no error. */
  removeDirectory(path: string): Promise<void>
}

/** The file system below `root`: '' is the whole machine. */
export function openDisk(root = ''): Disk {
  const at = (path: string): string => root + path
  return {
    look: (path) => look(at(path)),
    list: async (path) => ((await orNone(readdir(at(path)), 'ENOENT', 'ENOTDIR', 'EACCES')) ?? []).toSorted(),
    put: (path, bytes, attributes) => put(at(path), bytes, attributes),
    async rename(from, to) {
      await rename(at(from), at(to))
      await syncDirectory(dirname(at(to)))
    },
    remove: (path) => rm(at(path), { force: true }),
    async makeDirectory(path, mode) {
      await mkdir(at(path))
      // mkdir's mode is subject to the umask.
      await chmod(at(path), mode)
    },
    async removeDirectory(path) {
      await orNone(rmdir(at(path)), 'ENOENT', 'ENOTEMPTY', 'EEXIST')
    },
  }
}

async function look(path: string): Promise<DiskEntry | undefined> {
  const found = await orNone(lstat(path), 'ENOENT', 'ENOTDIR', 'EACCES')
  if (!found) return undefined
  if (found.isSymbolicLink()) return { kind: 'link', target: await readlink(path) }
  if (found.isDirectory()) return { kind: 'directory' }
  if (!found.isFile()) return { kind: 'other' }
  const bytes = await orNone(readFile(path), 'EACCES', 'EPERM')
  const { uid, gid } = found
  return bytes && { kind: 'file', bytes, mode: found.mode & 0o7777, uid, gid }
}

async function put(path: string, bytes: Uint8Array, { mode, uid, gid }: Attributes): Promise<void> {
  const handle = await open(path, 'w', 0o600)
  try {
    await handle.writeFile(bytes)
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a renamed name durable. Directories cannot be opened on Windows, and need not be there. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await orNone(open(path, 'r'), 'EISDIR', 'EPERM', 'EACCES')
  if (!handle) return
  await orNone(handle.sync(), 'EPERM', 'EINVAL')
  await handle.close()
}

async function orNone<T>(result: Promise<T>, ...codes: readonly string[]): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (error instanceof Error && 'code' in error && codes.includes(String(error.code))) return undefined
    throw error
  }
}

/** The name under which a file's new contents are written first. Programs that read all files of a directory ignore it: it begins with a dot. */
export function stagingPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.kubedoh-new`)
}

/** Replaces a file at once: readers see the old or the new contents, and a crash leaves one of them. */
export async function replaceFile(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
  attributes: Attributes,
): Promise<void> {
  await disk.put(stagingPath(path), bytes, attributes)
  await disk.rename(stagingPath(path), path)
}

/** The text of a file in UTF-8; undefined if there is none, links followed. Throws for a loop of links. */
export async function readText(disk: DiskView, path: string): Promise<string | undefined> {
  const entry = await disk.look(await realPath(disk, path))
  return entry?.kind === 'file' ? Buffer.from(entry.bytes).toString('utf8') : undefined
}

/** How many links are followed: Linux' limit (path_resolution(7)). */
const maxLinks = 40

/** The path behind the links of a file's last part. Links of the directories are left to the system. */
export async function realPath(disk: DiskView, path: string): Promise<string> {
  let at = path
  for (let count = 0; count < maxLinks; count++) {
    const entry = await disk.look(at)
    if (entry?.kind !== 'link') return at
    at = entry.target.startsWith('/') ? entry.target : join(dirname(at), entry.target)
  }
  throw Object.assign(new Error(`ELOOP: too many symbolic links, ${path}`), { code: 'ELOOP' })
}
