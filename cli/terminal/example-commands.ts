import { quote } from './quote.ts'

/**
 * Commands that ask a running edge for the address of `name`, to be pasted into a shell on the same machine: curl for
 * JSON, dig, and `kubedoh query`. `command` starts kubedoh. `kubedoh query` verifies certificates, so it is left out
 * where that is impossible.
 */
export function exampleCommands(edge: {
  readonly url: string
  readonly caFile: string | undefined
  /** Whether clients cannot verify the certificate. */
  readonly isUnstored: boolean
  readonly name: string
  readonly command: string
}): string[] {
  const { url, caFile, isUnstored, name, command } = edge
  const { hostname, port, pathname, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isTls = protocol === 'https:'
  const ca = (flag: string): string => (caFile === undefined ? '' : ` ${flag}${quote(caFile)}`)
  const verified = isUnstored ? '' : `${ca('+tls-ca=')} +tls-hostname=localhost`
  const http = isTls ? `+https=${pathname}${verified}` : `+http-plain=${pathname}`
  return [
    `curl -sS${isUnstored ? ' --insecure' : ca('--cacert ')} '${url}?name=${name}&type=A'`,
    `dig @${host} -p ${port || (isTls ? 443 : 80)} ${http} ${name} A`,
    ...(isUnstored ? [] : [`${command} query --url ${quote(url)}${ca('--ca ')} ${name}`]),
  ]
}
