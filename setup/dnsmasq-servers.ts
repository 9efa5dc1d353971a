/**
 * The lines with which dnsmasq asks a stub for zones, one zone per line, since its lines have a limit. `rebind-domain-ok` lets the
 * cluster's private addresses pass where `stop-dns-rebind` is set. Reverse zones are named one by one, since only new releases take
 * a prefix in `rev-server` that ends within a label.
 */
export function dnsmasqServers(route: {
  readonly zones: readonly string[]
  readonly reverse: readonly string[]
  readonly host: string
  readonly port: number
}): string[] {
  const { zones, reverse, host, port } = route
  return [
    ...[...zones, ...reverse].map((zone) => `server=/${zone}/${host}#${port}`),
    ...zones.map((zone) => `rebind-domain-ok=/${zone}/`),
  ]
}
