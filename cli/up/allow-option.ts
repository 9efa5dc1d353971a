import { parseAddress } from '../../dns/address.ts'
import { formatCidr, parseCidr } from '../../dns/cidr.ts'
import type { PolicyOrigin } from '../../sync/policy/source/open-policy.ts'
import { UsageError } from '../options/option-table.ts'

/** The shortest access policy: the networks whose callers may see everything. */
export const allowOption = {
  allow: {
    kind: 'list',
    value: 'CIDR',
    help: 'answer callers of plain DNS, and of DNS over TLS without a token, in this range, such as 10.0.0.0/8, for all namespaces, and refuse all others; may be given several times; instead of a policy',
  },
} as const

/**
 * Values of --allow → a policy with these networks, each with the scope `all`; undefined without one. `forward`: whether
 * names outside the zones are resolved for them. The networks of a policy do not count for DoH, so its callers are
 * refused. Throws UsageError.
 */
export function allowedNetworks(
  cidrs: readonly string[],
  { forward }: { readonly forward: boolean },
): PolicyOrigin | undefined {
  if (cidrs.length === 0) return undefined
  const networks = [...new Set(cidrs.map(canonicalCidr))].map((cidr) => ({ cidr, all: true, forward }))
  // JSON is YAML, too.
  return { kind: 'text', name: '--allow', text: JSON.stringify({ version: 1, networks }) }
}

/** The range as a policy has it: without host bits, since these show that another range was meant. */
function canonicalCidr(text: string): string {
  const lower = text.toLowerCase()
  const cidr = parseCidr(lower)
  if (!cidr)
    throw new UsageError(
      `--allow is "${text}", it must be an address range such as 10.0.0.0/8, or 10.1.2.3/32 for one address`,
    )
  const address = parseAddress(lower.split('/')[0] ?? '')
  if (cidr.bytes.every((byte, at) => byte === address?.[at])) return formatCidr(cidr)
  throw new UsageError(
    `--allow is "${text}", which has bits set after its prefix; write it as ${formatCidr(cidr)}`,
  )
}
