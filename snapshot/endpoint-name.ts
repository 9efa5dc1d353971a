/**
 * The label of an endpoint without a hostname: its address as the cluster stores it (not canonicalised), with dashes
 * instead of dots or colons, and a 0 after a trailing dash (CoreDNS plugin/kubernetes, endpointHostname; since 1.12.3).
 */
export function dashedLabel(address: string): string {
  const dashed = address.includes('.') ? address.replaceAll('.', '-') : address.replaceAll(':', '-')
  return dashed.endsWith('-') ? `${dashed}0` : dashed
}

/** Whether a label is `dashedLabel(address)`, for an address in canonical text. Faster, since most addresses differ early. */
export function isDashedLabel(label: string, address: string): boolean {
  const extra = label.length - address.length
  if (extra !== 0 && extra !== 1) return false
  // Addresses of one Service differ at the end.
  for (let at = address.length - 1; at >= 0; at--) {
    const code = address.charCodeAt(at)
    const isSeparator = code === dot || code === colon
    if (label.charCodeAt(at) !== (isSeparator ? dash : code)) return false
  }
  return extra === 0 ? !label.endsWith('-') : label.endsWith('-0') && address.endsWith(':')
}

const [dash, dot, colon] = ['-', '.', ':'].map((text) => text.charCodeAt(0))
