import { dnsmasqServers } from '../../setup/dnsmasq-servers.ts'
import type { Route } from '../facts.ts'
import { ownMark } from './mark.ts'

/** A configuration file of dnsmasq with which it asks the stub for the zones. */
export function dnsmasqLines(route: Route): string[] {
  return [ownMark, ...dnsmasqServers(route)]
}
