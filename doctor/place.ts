/** The host of a URL, an IPv6 address without its brackets. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

/** The TCP port of a URL. */
export function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80))
}

/** Whether an address is this machine's loopback address. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}
