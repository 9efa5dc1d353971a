import { quote } from './quote.ts'

/**
 * Commands that ask a running edge for the address of `name`, to be pasted into a shell on the same machine: curl for
 * JSON, dig, and `kubedoh query`. `command` starts kubedoh.
 */
export function exampleCommands(edge: {
  readonly url: string
  readonly caFile: string | undefined
  readonly name: string
  readonly command: string
}): string[] {
  const { url, caFile, name, command } = edge
  const { hostname, port, pathname, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isTls = protocol === 'https:'
  const ca = (flag: string): string => (caFile === undefined ? '' : ` ${flag}${quote(caFile)}`)
  const http = isTls
    ? `+https=${pathname}${ca('+tls-ca=')} +tls-hostname=localhost`
    : `+http-plain=${pathname}`
  return [
    `curl -sS${ca('--cacert ')} '${url}?name=${name}&type=A'`,
    `dig @${host} -p ${port || (isTls ? 443 : 80)} ${http} ${name} A`,
    `${command} query --url ${quote(url)}${ca('--ca ')} ${name}`,
  ]
}
