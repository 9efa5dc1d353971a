import type { Route } from '../facts.ts'
import { ownMark } from './mark.ts'

/**
 * A configuration file of dnsmasq with which it asks the stub for the zones. `rebind-domain-ok` lets the cluster's private
 * addresses pass where `stop-dns-rebind` is set. Reverse zones are named one by one: `rev-server` takes prefixes that end
 * within a label in new releases only.
 */
export function dnsmasqLines({ zones, reverse, host, port }: Route): string[] {
  const server = `${host}#${port}`
  return [
    ownMark,
    `server=/${zones.join('/')}/${server}`,
    ...reverse.map((zone) => `server=/${zone}/${server}`),
    `rebind-domain-ok=/${zones.join('/')}/`,
  ]
}
