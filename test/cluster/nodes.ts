/** Nodes beyond this number would leave 172.16.0.0/12. */
const maxNodes = 4095

/**
 * A manifest of `count` nodes, node-1 and on. Node N's pods live in 172.16.N.0/24 (carrying into the second
 * byte from 256 on) and, if `dualStack`, in fd00:10:244:N::/64 as well; its own address is
 * 10.0.0.N. Throws RangeError unless 1 <= count <= 4095.
 */
export function nodesManifest(count: number, dualStack: boolean): string {
  if (!Number.isInteger(count) || count < 1 || count > maxNodes) throw new RangeError(`nodes: ${count}`)
  const items = Array.from({ length: count }, (_, index) => node(index + 1, dualStack))
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

function node(number: number, dualStack: boolean): object {
  const name = `node-${number}`
  const high = number >> 8
  const low = number & 255
  const podCIDR = `172.${16 + high}.${low}.0/24`
  const podCIDRs = dualStack ? [podCIDR, `fd00:10:244:${number.toString(16)}::/64`] : [podCIDR]
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    spec: { podCIDR, podCIDRs },
    status: { addresses: [{ type: 'InternalIP', address: `10.0.${high}.${low}` }] },
  }
}
