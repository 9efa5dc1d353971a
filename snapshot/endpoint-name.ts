/**
 * The label of an endpoint that has no hostname: its address as the cluster stores it, dots or colons as
 * dashes; a trailing dash gets a 0 (CoreDNS plugin/kubernetes, endpointHostname; since 1.12.3). The text is
 * taken as stored, not canonicalised.
 */
export function dashedLabel(address: string): string {
  const dashed = address.includes('.') ? address.replaceAll('.', '-') : address.replaceAll(':', '-')
  return dashed.endsWith('-') ? `${dashed}0` : dashed
}
