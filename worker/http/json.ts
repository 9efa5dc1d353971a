import { readMessage } from '../../dns/message/read-message.ts'
import { writeQuery } from '../../dns/message/write-query.ts'
import { type Name, nameFromText } from '../../dns/name.ts'
import { messageJson } from '../../dns/text/message-json.ts'
import { typeFromText } from '../../dns/text/mnemonic.ts'
import { jsonError } from './json-error.ts'
import type { DohRequest, DohResponse } from './request.ts'
import type { SnapshotFacts } from './snapshot-header.ts'

/**
 * `name=N&type=T&do=1&cd=1` → the same query in wire format, with RD and OPT, or the response that refuses it. Other
 * parameters are ignored.
 */
export function readJsonQuery({ query }: DohRequest): Uint8Array | DohResponse {
  const given = new URLSearchParams(query)
  for (const parameter of ['name', 'type', 'do', 'cd']) {
    if (given.getAll(parameter).length > 1)
      return jsonError(400, `the query has more than one parameter ${parameter}`)
  }
  const name = readName(given.get('name') ?? '')
  if (typeof name !== 'string') return jsonError(400, name.error)
  const type = typeFromText(given.get('type') || 'A')
  if (type === undefined)
    return jsonError(
      400,
      `type is "${given.get('type')}"; use a mnemonic such as AAAA or a number up to 65535`,
    )
  const [dnssecOk, checkingDisabled] = [flagOf(given.get('do')), flagOf(given.get('cd'))]
  if (dnssecOk === undefined || checkingDisabled === undefined)
    return jsonError(400, 'do and cd must be 1, true, 0 or false')
  return writeQuery(name, type, { checkingDisabled, edns: { dnssecOk } })
}

function readName(text: string): Name | { readonly error: string } {
  if (text === '') return { error: 'name is empty' }
  if (text.includes('\\'))
    return { error: 'name has a backslash; send names with escapes in the dns parameter' }
  try {
    return nameFromText(text)
  } catch (error) {
    if (error instanceof RangeError) return { error: `name: ${error.message}` }
    throw error
  }
}

function flagOf(text: string | null): boolean | undefined {
  if (text === null || text === '' || text === '0' || text.toLowerCase() === 'false') return false
  return text === '1' || text.toLowerCase() === 'true' ? true : undefined
}

/**
 * A DNS message → JSON with the fields of Google's and Cloudflare's JSON APIs. Question, Answer, Authority and Additional
 * are always present; `kubedoh` has the facts of the snapshot if one was used. Throws TypeError for a malformed message,
 * which would be a bug, because the message is the edge's own.
 */
export function writeJson(bytes: Uint8Array, facts: SnapshotFacts | undefined): string {
  const message = readMessage(bytes)
  if ('broken' in message) throw new TypeError(`our own answer cannot be read: ${message.broken}`)
  return `${JSON.stringify({ ...messageJson(message), ...(facts && { kubedoh: facts }) })}\n`
}
