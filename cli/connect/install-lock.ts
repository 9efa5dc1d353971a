import { readFile } from 'node:fs/promises'
import { installLock, withLock } from '../../install/apply/lock.ts'
import { processOf } from './proc-sockets.ts'

/** Does some work while no other process installs or uninstalls on this machine. Throws InstallError INSTALL_BUSY. */
export function withInstallLock<T>(work: () => Promise<T>): Promise<T> {
  const lock = installLock(process.platform)
  const holder = (): Promise<string | undefined> =>
    lock.kind === 'socket' ? holderOf(lock.address) : Promise.resolve(undefined)
  return withLock(lock, holder, work)
}

/** The process that listens on a name of Linux' abstract namespace (proc(5), /proc/net/unix); undefined if that is unknown. */
async function holderOf(address: string): Promise<string | undefined> {
  const text = await readFile('/proc/net/unix', 'utf8').catch(() => '')
  const name = address.replace('\0', '@')
  const inode = text
    .split('\n')
    .map((line) => line.split(/\s+/))
    .find((fields) => fields[7] === name)?.[6]
  const found = inode === undefined ? undefined : await processOf(inode)
  return found && `process ${found.pid}`
}
