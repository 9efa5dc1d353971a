/**
 * The lines with which dnsmasq asks the stub for the zones. `rebind-domain-ok` lets the cluster's private addresses pass
 * where `stop-dns-rebind` is set. Reverse zones are named one by one, since only new releases take a prefix in `rev-server`
 * that ends within a label.
 */
export function dnsmasqLines(
  zones: readonly string[],
  reverse: readonly string[],
  { host, port }: { readonly host: string; readonly port: number },
): string[] {
  return [
    ...[...zones, ...reverse].map((zone) => `server=/${zone}/${host}#${port}`),
    ...zones.map((zone) => `rebind-domain-ok=/${zone}/`),
  ]
}
