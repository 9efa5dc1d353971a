import { addressBytes } from './resolver.ts'

/** The text of a hosts file (hosts(5)) and a host name → the addresses that the file gives it, in order. */
export function hostsAddresses(text: string, hostname: string): readonly string[] {
  const wanted = hostname.toLowerCase()
  return text.split(/\r?\n/).flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/)
    const isNamed = names.some((name) => name.toLowerCase() === wanted)
    return isNamed && addressBytes(address) ? [address] : []
  })
}
