import { parseResolver, type Resolver } from './resolver.ts'

/** The PowerShell command whose output readPowerShellDns reads. */
export const powerShellDnsCommand =
  'Get-DnsClientServerAddress | Select-Object InterfaceIndex,AddressFamily,ServerAddresses | ConvertTo-Json -Compress'

/**
 * The output of `powerShellDnsCommand` → the resolvers of all interfaces, in order. Windows PowerShell 5.1 writes an object
 * for one interface and an array for several, and may write a list as {"value": […], "Count": n}. Undefined for text that is
 * not JSON.
 */
export function readPowerShellDns(text: string): readonly Resolver[] | undefined {
  try {
    return listOf(JSON.parse(text)).flatMap((one) =>
      listOf(fieldOf(one, 'ServerAddresses')).flatMap(resolverOf),
    )
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * The output of `netsh interface ipv4 show dnsservers` (or ipv6) → its resolvers, in order. The labels are in the language of
 * the system, so that only the ends of the lines are read: those that are addresses.
 */
export function readNetshDns(text: string): readonly Resolver[] {
  return text.split(/\r?\n/).flatMap((line) => resolverOf(line.trim().split(/\s+/).at(-1)))
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  const inner = fieldOf(value, 'value')
  if (Array.isArray(inner)) return inner
  return value === undefined || value === null ? [] : [value]
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

function resolverOf(value: unknown): readonly Resolver[] {
  const resolver = typeof value === 'string' ? parseResolver(value) : undefined
  return resolver ? [resolver] : []
}
