import { execFile } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { readFile, stat } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { type ResolverPorts, resolvConfFiles } from '../../connect/forward/find-resolvers.ts'
import type { NetworkPorts } from '../../connect/network/watch-network.ts'

/** The time for a program that lists resolvers (ms): PowerShell takes seconds to start. */
const programMs = 10_000

/** This machine, for finding resolvers. */
export const systemPorts: ResolverPorts = {
  platform: process.platform,
  readFile: (path) => readFile(path, 'utf8').catch(() => undefined),
  run: (program, args) =>
    new Promise((resolve) => {
      const options = { timeout: programMs, encoding: 'utf8', windowsHide: true } as const
      execFile(program, [...args], options, (error, stdout) => resolve(error ? undefined : stdout))
    }),
  ownAddresses: () =>
    Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address)),
}

/** This machine, for noticing changes of its network. */
export const networkPorts: Pick<NetworkPorts, 'interfaces' | 'resolverFiles'> = {
  interfaces: networkInterfaces,
  resolverFiles: () => Promise.all(resolvConfFiles.map((path) => stat(path).catch(() => undefined))),
}

/** The addresses of a host by the system's own resolver. Rejects with the error of getaddrinfo. */
export async function systemLookUp(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address)
}

/** The text of the hosts file; empty if it cannot be read. */
export function readHosts(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const windows = join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
  return readFile(process.platform === 'win32' ? windows : '/etc/hosts', 'utf8').catch(() => '')
}
