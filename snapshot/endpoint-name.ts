/**
 * The label of an endpoint without a hostname: its address as the cluster stores it (not canonicalised), with dashes
 * instead of dots or colons, and a 0 after a trailing dash (CoreDNS plugin/kubernetes, endpointHostname; since 1.12.3).
 */
export function dashedLabel(address: string): string {
  const dashed = address.includes('.') ? address.replaceAll('.', '-') : address.replaceAll(':', '-')
  return dashed.endsWith('-') ? `${dashed}0` : dashed
}
