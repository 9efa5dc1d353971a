import { BlockList, isIP } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for a URL by HTTPS_PROXY, HTTP_PROXY and NO_PROXY (or their lower-case forms), as Go's net/http reads them,
 * so that kubectl and kubedoh agree: a proxy without a scheme is HTTP; localhost and loopback addresses are never
 * proxied. undefined: connect directly. Throws ProxyError where the variable holds no URL of a proxy.
 */
export function proxyFor(url: URL, env: Environment): string | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const text = variable(env, name)
  if (text === '' || isDirect(url, variable(env, 'NO_PROXY'))) return undefined
  const proxy = text.includes('://') ? text : `http://${text}`
  if (URL.canParse(proxy) && ['http:', 'https:', 'socks5:'].includes(new URL(proxy).protocol)) return proxy
  // The value may hold a password.
  throw new ProxyError(
    `${name} has to be the URL of an http, https or socks5 proxy, such as http://proxy:3128`,
  )
}

/** A variable of the environment that names no usable proxy. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
  readonly code = 'CONFIG_PROXY'
}

function variable(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || ''
}

function isDirect(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (host === 'localhost' || isWithin(host, '127.0.0.0/8') || isWithin(host, '::1/128')) return true
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), host, port))
}

/** One entry of NO_PROXY: `*`, an address, a CIDR, a domain with its subdomains, or `.domain` for these alone; with or without a port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '') return false
  if (entry === '*') return true
  if (entry.includes('/')) return isWithin(host, entry)
  const [, bracketed, plain, wanted] = /^(?:\[(.+)\]|([^:]+|.*:.*:.*?))(?::([0-9]+))?$/.exec(entry) ?? []
  const name = bracketed ?? plain ?? entry
  if (wanted !== undefined && wanted !== port) return false
  if (isIP(name)) return isIP(host) !== 0 && isWithin(host, `${name}/${isIP(name) === 4 ? 32 : 128}`)
  const suffix = name.replace(/^\*(?=\.)/, '')
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`)
}

function isWithin(host: string, cidr: string): boolean {
  const [network = '', length = ''] = cidr.split('/')
  const family = isIP(network)
  const bits = Number(length)
  if (family === 0 || !/^[0-9]+$/.test(length) || bits > (family === 4 ? 32 : 128) || isIP(host) !== family)
    return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, bits, type)
  return list.check(host, type)
}
