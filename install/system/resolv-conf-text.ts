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

/** Directives other than nameserver → the same with more search domains, after those that they have (resolv.conf(5): the last `search` or `domain` counts). */
export function withSearch(otherLines: readonly string[], search: readonly string[]): string[] {
  if (search.length === 0) return [...otherLines]
  const isSearch = (line: string): boolean => /^(search|domain)[ \t]/.test(line)
  const present = otherLines.findLast(isSearch)?.trim().split(/\s+/).slice(1) ?? []
  const domains = [...present, ...search.filter((domain) => !present.includes(domain))]
  return [...otherLines.filter((line) => !isSearch(line)), `search ${domains.join(' ')}`]
}

/** Whether an address is one of this machine's own stubs: loopback, of either family. */
export function isLoopbackServer(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === '0.0.0.0' || address === '::'
}
