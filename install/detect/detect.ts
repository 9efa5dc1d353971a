import type { DiskView } from '../apply/disk.ts'
import type { Machine } from '../apply/machine.ts'
import { InstallError } from '../errors.ts'
import type { Facts, Invoker, ProgramFacts } from '../facts.ts'
import {
  isWslResolvConf,
  readDnsmasqFacts,
  readNetworkManagerFacts,
  readResolvConfFacts,
  readResolvedFacts,
} from './linux.ts'

/** What the process knows of itself. */
export type Start = {
  readonly platform: NodeJS.Platform
  readonly program: ProgramFacts
  readonly invoker: Invoker | undefined
}

/** Reads what a plan depends on. `disk` shows the machine without an installation of ours. Throws InstallError OPTION_SYSTEM. */
export async function readFacts(disk: DiskView, run: Machine['run'], start: Start): Promise<Facts> {
  const { platform, ...own } = start
  if (platform !== 'linux' && platform !== 'darwin' && platform !== 'win32')
    throw new InstallError('OPTION_SYSTEM', `--install and --service do not know the system ${platform}`)
  const resolvConf = await readResolvConfFacts(disk)
  const isLinux = platform === 'linux'
  const nothing = async (): Promise<{ code: undefined; isMissing: true; output: '' }> => ({
    code: undefined,
    isMissing: true,
    output: '',
  })
  // Other systems have none of these programs.
  const ask = isLinux ? run : nothing
  return {
    platform,
    ...own,
    resolvConf,
    isWsl: await isWslResolvConf(disk),
    hasSystemd: (await disk.look('/run/systemd/system')) !== undefined,
    resolved: await readResolvedFacts(disk, ask, resolvConf),
    networkManager: await readNetworkManagerFacts(disk, ask),
    dnsmasq: await readDnsmasqFacts(disk, ask),
  }
}
