import { constants, open, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { InstallError } from '../errors.ts'

/**
 * What only one process of a machine can have at a time. The kernel takes both kinds back when their process ends, also by
 * SIGKILL, so a dead process never keeps others away.
 */
export type Lock =
  /** A listening socket: a name of Linux' abstract namespace, which begins with a zero byte (unix(7)), or a pipe of Windows. */
  | { readonly kind: 'socket'; readonly address: string }
  /** A file that macOS locks while it is open (open(2), O_EXLOCK). */
  | { readonly kind: 'file'; readonly path: string }

/** Linux' network namespace and Windows have no files for these names, so nothing of them is left behind. */
const locks: Readonly<Record<string, Lock>> = {
  linux: { kind: 'socket', address: '\0kubedoh-connect-install' },
  win32: { kind: 'socket', address: '\\\\.\\pipe\\kubedoh-connect-install' },
}
const otherLock: Lock = { kind: 'file', path: '/var/run/kubedoh-connect-install.lock' }

/** O_EXLOCK of macOS and the BSDs, which Node has no name for. */
const exclusiveLock = 0x20

/** The lock of installations on a platform. */
export function installLock(platform: NodeJS.Platform): Lock {
  return locks[platform] ?? otherLock
}

/**
 * Does some work while this process has the lock, and returns its result. `holder` names the process that has it, as far as
 * that can be found out. Throws InstallError INSTALL_BUSY, without waiting, if another process has it; and what the work throws.
 */
export async function withLock<T>(
  lock: Lock,
  holder: () => Promise<string | undefined>,
  work: () => Promise<T>,
): Promise<T> {
  const release = lock.kind === 'socket' ? await takeSocket(lock.address) : await takeFile(lock.path)
  if (!release) {
    const name = await holder()
    throw new InstallError(
      'INSTALL_BUSY',
      `another \`kubedoh connect\` is changing this machine now${name === undefined ? '' : ` (${name})`}; nothing was changed, run this again when it has ended`,
    )
  }
  try {
    return await work()
  } finally {
    await release()
  }
}

/** Throws the system's errors; undefined: another process listens there. */
async function takeSocket(address: string): Promise<(() => Promise<void>) | undefined> {
  const server = createServer((socket) => socket.destroy())
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(address, resolve)
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
    throw error
  }
  return () => new Promise((resolve) => server.close(() => resolve()))
}

/** Throws the system's errors; undefined: another process has the file locked. */
async function takeFile(path: string): Promise<(() => Promise<void>) | undefined> {
  const { O_CREAT, O_RDWR, O_NONBLOCK } = constants
  try {
    const handle = await open(path, O_CREAT | O_RDWR | O_NONBLOCK | exclusiveLock, 0o600)
    return async () => {
      await rm(path, { force: true })
      await handle.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined
    throw error
  }
}
