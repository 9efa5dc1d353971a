import { toBase64Url } from '../snapshot/base64url.ts'
import { TYPE } from '../dns/code.ts'
import { fold, nameFromText } from '../dns/name.ts'

/** Commands that work when pasted into a shell beside a running edge: curl, dig, and our own. */
export function hintsFor(edge: {
  readonly url: string
  readonly caFile: string | undefined
  readonly name: string
}): string[] {
  const { url, caFile, name } = edge
  const { hostname, port, pathname, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isTls = protocol === 'https:'
  const ca = (flag: string): string => (caFile === undefined ? '' : ` ${flag}${quote(caFile)}`)
  const http = isTls ? `+https=${pathname}${ca('+tls-ca=')} +tls-hostname=localhost` : `+http-plain=${pathname}`
  return [
    `curl -sS${ca('--cacert ')} -H 'accept: application/dns-message' '${url}?dns=${wireQuery(name)}' | od -A d -t x1z`,
    `dig @${host} -p ${port} ${http} ${name} A`,
    `npm run -s kubedoh -- query --url ${url}${ca('--ca ')} ${name}`,
  ]
}

function wireQuery(name: string): string {
  const header = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
  const qname = Array.from(fold(nameFromText(name)), (byte) => byte.charCodeAt(0))
  return toBase64Url(new Uint8Array([...header, ...qname, 0, TYPE.A, 0, 1]))
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
