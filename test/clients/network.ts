import { output } from './program.ts'
import { usualServer } from './recipe.ts'

/**
 * Configures this process's network namespace: every address of 10.0.0.0/8, 203.0.113.0/24 and fd00::/8 belongs to this
 * machine, so that a page can be served on the cluster's own addresses. There is an IPv6 route, without which Chromium
 * does not query AAAA, and no route to other machines.
 */
export async function prepareNetwork(): Promise<void> {
  await ip('link set lo up')
  await ip('-4 route add local 10.0.0.0/8 dev lo')
  await ip('-4 route add local 203.0.113.0/24 dev lo')
  await ip(`-4 address add ${usualServer}/32 dev lo`)
  // BIND listens on addresses that an interface has, so that 127.0.0.0/8 is not enough.
  await ip('-4 address add 127.0.53.1/32 dev lo')
  await ip('-6 route add local fd00::/8 dev lo')
  await ip('-6 address add 2001:db8::1/128 dev lo nodad')
  await ip('-6 route add default dev lo')
}

async function ip(command: string): Promise<void> {
  await output('ip', command.split(' '))
}
