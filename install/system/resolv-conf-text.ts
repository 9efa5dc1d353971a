/** The directives of a resolv.conf (resolv.conf(5)): the nameservers, and the lines that are none. */
export function readResolvConf(text: string): {
  readonly nameservers: readonly string[]
  readonly otherLines: readonly string[]
} {
  const nameservers: string[] = []
  const otherLines: string[] = []
  for (const line of text.split(/\r?\n/)) {
    const server = /^nameserver[ \t]+(\S+)/.exec(line)?.[1]
    if (server !== undefined) nameservers.push(server)
    else if (line !== '') otherLines.push(line)
  }
  return { nameservers, otherLines }
}

/** Whether an address is one of this machine's own stubs: loopback, of either family. */
export function isLoopbackServer(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === '0.0.0.0' || address === '::'
}
