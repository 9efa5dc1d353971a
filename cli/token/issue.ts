import { hashToken, maxLabelClusterId, newToken } from '../../snapshot/policy/token.ts'
import { UsageError } from '../options/option-table.ts'

/** A new token of a cluster, and its hash as the policy file has it. */
export type IssuedToken = { readonly token: string; readonly sha256: string }

/** Makes a token. `isForDot`: it must fit one DNS label. Throws UsageError where it does not. */
export async function issueToken(cluster: string, isForDot: boolean): Promise<IssuedToken> {
  if (isForDot && cluster.length > maxLabelClusterId)
    throw new UsageError(
      `--dot: the cluster's id has ${cluster.length} characters; with more than ${maxLabelClusterId}, a token is not a DNS label`,
    )
  const token = newToken(cluster, (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>))
  return { token, sha256: hexOf(await hashToken(token)) }
}

/** A token's hash as sha256sum prints it. */
export function hexOf(hash: string): string {
  return Buffer.from(hash, 'base64url').toString('hex')
}

/** How a token may be used, in sentences for people. */
export function usageNotes(cluster: string, isForDot: boolean): string[] {
  if (isForDot)
    return [
      'it is the first label of a DoT server name and opens nothing else: that name is readable on the network, so give it a small scope and an expiry',
    ]
  const notes = ['use it as https://EDGE/dns-query/TOKEN, or in the header "authorization: Bearer TOKEN"']
  if (cluster.length > maxLabelClusterId)
    notes.push(
      `the cluster's id has more than ${maxLabelClusterId} characters, so its tokens work in the path and as bearer only, not with DoT`,
    )
  return notes
}
