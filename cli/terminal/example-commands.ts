import { toBase64Url } from '../../dns/base64url.ts'
import { TYPE } from '../../dns/code.ts'
import { nameFromText } from '../../dns/name.ts'
import { writeQuery } from '../../dns/write-query.ts'

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
  const http = isTls
    ? `+https=${pathname}${ca('+tls-ca=')} +tls-hostname=localhost`
    : `+http-plain=${pathname}`
  return [
    `curl -sS${ca('--cacert ')} -H 'accept: application/dns-message' '${url}?dns=${toBase64Url(writeQuery(nameFromText(name), TYPE.A))}' | od -A d -t x1z`,
    `dig @${host} -p ${port} ${http} ${name} A`,
    `npm run -s kubedoh -- query --url ${url}${ca('--ca ')} ${name}`,
  ]
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
