import { lstat, readlink, stat, statfs } from 'node:fs/promises'
import { basename } from 'node:path'
import { UsageError } from './option-table.ts'

/**
 * Throws UsageError if other users have access to a file with a private key, or with another secret that `what` names; the
 * message says how to mend it.
 */
export async function refuseExposedKey(file: string, what = 'private key'): Promise<void> {
  const problem = keyModeProblem(file, await stat(file), process.platform, process.getuid?.(), what)
  if (problem !== undefined && !(await isInSecretVolume(file))) throw new UsageError(problem)
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
