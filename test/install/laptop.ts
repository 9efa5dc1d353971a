import { usualAddress, usualName } from '../clients/usual-resolver.ts'
import { command, type MachineEdge } from './edge.ts'
import type { Machine } from './machine.ts'

/** The resolver of a laptop before an installation. */
export type LaptopResolver = {
  readonly name: string
  /** Sets it up, so that `usualName` resolves. */
  start(machine: Machine): Promise<void>
  /** Removes it and its files. */
  stop(machine: Machine): Promise<void>
}

/** `kubedoh connect` in a machine, with its exit code, which is null after a signal, and its whole output. */
export async function connect(
  machine: Machine,
  ...words: readonly string[]
): Promise<{ code: number | null; output: string }> {
  const { code, stdout, stderr } = await machine.run([...command, 'connect', ...words])
  return { code, output: stdout + stderr }
}

/** The words of `kubedoh connect` that set up resolver and service. */
export function installWords(edge: MachineEdge): string[] {
  return [edge.url, '--ca', edge.caFile, '--install', '--service', '--yes']
}

/** All files of a machine that an installation might touch, with mode, owner and hash. */
export function tree(machine: Machine): Promise<string> {
  return machine.shell(`
    find /etc /var/lib/kubedoh /var/cache/kubedoh-connect -xdev \\( -type f -printf '%p %m %U:%G ' -exec sha256sum {} \\; \\) \\
      -o \\( -type l -printf '%p -> %l\\n' \\) -o \\( -type d -printf '%p/ %m\\n' \\) 2>/dev/null | sort || true`)
}

/** The addresses that a program of the machine gets for a name; `within` are words that start it in another namespace. */
export async function addressesOf(
  machine: Machine,
  name: string,
  within: readonly string[] = [],
): Promise<string> {
  const { stdout } = await machine.run([...within, 'getent', 'ahostsv4', name])
  return [...new Set(stdout.split('\n').flatMap((line) => line.split(/\s+/, 1)))].filter(Boolean).join(' ')
}

/** Whether a name outside the cluster resolves. */
export async function usualNameResolves(machine: Machine): Promise<boolean> {
  return (await addressesOf(machine, usualName)) === usualAddress
}

/** The units of the stub that systemd still knows; empty after `--uninstall`. */
export async function stubUnits(machine: Machine): Promise<string> {
  await machine.shell('systemctl reset-failed')
  return machine.shell('systemctl list-units --no-legend kubedoh-connect.service kubedoh-connect.socket')
}
