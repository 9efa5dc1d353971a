import { randomUUID } from 'node:crypto'
import { chmod, lstat, readlink, realpath, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UsageError } from './option-table.ts'

/** What the check of a key's mode uses besides the file: whether a directory's volume forces modes, and a place for a warning. */
export type ModeWorld = {
  forcesModes(dir: string): Promise<boolean>
  warn(line: string): void
}

const modeWorld: ModeWorld = {
  forcesModes,
  warn: (line) => void process.stderr.write(`kubedoh: warning: ${line}\n`),
}

/**
 * Throws UsageError if other users have access to a file with a private key, or with another secret that `what` names; the
 * message says how to mend it. On a volume that gives all files the same mode, whatever chmod sets, nobody could mend it:
 * there it warns instead.
 */
export async function refuseExposedKey(
  file: string,
  what = 'private key',
  world: ModeWorld = modeWorld,
): Promise<void> {
  const problem = keyModeProblem(file, await stat(file), process.platform, process.getuid?.(), what)
  if (problem === undefined || (await isInSecretVolume(file))) return
  if (!(await world.forcesModes(dirname(await realpath(file))))) throw new UsageError(problem)
  world.warn(
    `the volume of the ${what} ${file} gives all files a mode with which other users have access, and chmod has no effect; if this machine has other users, move the file to another volume, or mount this one with umask=077 or file_mode=0600 (WSL: with metadata)`,
  )
}

/**
 * Whether files in a directory keep a mode that gives others access although chmod took it away: drvfs of WSL without
 * metadata, FAT, SMB. It is tried with a file of its own. False where none can be made, as on a read-only volume: there
 * the writer of the key decides its mode.
 */
export async function forcesModes(dir: string): Promise<boolean> {
  const probe = join(dir, `.kubedoh-mode-${randomUUID()}`)
  try {
    await writeFile(probe, '', { mode: 0o600, flag: 'wx' })
  } catch {
    return false
  }
  try {
    await chmod(probe, 0o600).catch(() => undefined)
    return ((await stat(probe)).mode & 0o077) !== 0
  } finally {
    await rm(probe, { force: true })
  }
}

/**
 * Why a key file's mode is refused, and how to mend it; undefined where it is not. Only its owner may have access. A file of
 * another owner may be readable by its group: a Secret that is mounted with fsGroup is. On Windows, modes mean nothing.
 */
export function keyModeProblem(
  file: string,
  { mode, uid }: { readonly mode: number; readonly uid: number },
  platform: NodeJS.Platform,
  ownUid: number | undefined,
  what = 'private key',
): string | undefined {
  if (platform === 'win32') return undefined
  const permissions = mode & 0o777
  const isOthers = uid !== ownUid
  if ((permissions & (isOthers ? 0o037 : 0o077)) === 0) return undefined
  const mend = isOthers
    ? `let its owner run \`chmod 0440 ${file}\` (in a Secret volume: defaultMode: 0440)`
    : `run \`chmod 0600 ${file}\` (in a Secret volume: defaultMode: 0400)`
  return `other users have access to the ${what} ${file} (mode ${permissions.toString(8).padStart(4, '0')}); ${mend}`
}

/** The type of a tmpfs in statfs (statfs(2), TMPFS_MAGIC). */
const tmpfs = 0x01021994

/**
 * Whether a file is in the volume of a Secret, which only its pod can see, so that the default mode 0644 exposes nothing:
 * the kubelet keeps it in memory, and the name is a symbolic link into the directory `..data`, which it replaces at each
 * change.
 */
async function isInSecretVolume(file: string): Promise<boolean> {
  if (!(await lstat(file)).isSymbolicLink()) return false
  return isSecretFile(file, await readlink(file), (await statfs(file)).type)
}

/** The decision of isInSecretVolume, from the target of the symbolic link and the type of the file system. */
export function isSecretFile(file: string, target: string, fileSystem: number): boolean {
  return fileSystem === tmpfs && target === `..data/${basename(file)}`
}
