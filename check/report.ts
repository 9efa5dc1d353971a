import { rcodeOf, readMessage } from '../dns/message/read-message.ts'
import { rcodeText } from '../dns/text/mnemonic.ts'
import { mediaType } from './expect.ts'
import { dnsMessage } from './query.ts'
import type { Ask, Got } from './row.ts'
import type { Result } from './run.ts'

/** A result as plain data, which can be stored and compared. */
export type ResultJson = {
  readonly id: string
  readonly title: string
  readonly rfc: string
  readonly level: string
  readonly verdict: 'pass' | 'fail' | 'skip'
  readonly why?: string
  /** Commands that repeat the requests, and the response to each. */
  readonly sent?: readonly string[]
  readonly came?: readonly string[]
}

/** A whole report. */
export type ReportJson = {
  readonly url: string
  /** The existing name in the queries. */
  readonly name: string | null
  readonly counts: Readonly<Record<'pass' | 'fail' | 'skip', number>>
  readonly rows: readonly ResultJson[]
}

/** Results → the report as data; only failures include the requests. */
export function reportJson(url: string, name: string | undefined, results: readonly Result[]): ReportJson {
  const rows = results.map(({ row: { id, title, rfc, level }, verdict, why, asks, gots }) => ({
    id,
    title,
    rfc,
    level,
    verdict,
    ...(why === undefined ? {} : { why }),
    ...(verdict === 'fail' ? { sent: asks.map((ask) => curlOf(url, ask)), came: gots.map(describe) } : {}),
  }))
  const count = (wanted: string): number => rows.filter(({ verdict }) => verdict === wanted).length
  return {
    url,
    name: name ?? null,
    counts: { pass: count('pass'), fail: count('fail'), skip: count('skip') },
    rows,
  }
}

/** A report's lines for people: one for each row, more below a failure, and a summary. */
export function reportLines({ url, name, counts, rows }: ReportJson): string[] {
  const width = Math.max(...rows.map(({ id }) => id.length))
  const lines = rows.flatMap((row) => {
    const word = row.verdict === 'fail' ? (row.level === 'MUST' ? 'FAIL' : 'warn') : row.verdict
    const line = `${word}  ${row.id.padEnd(width)}  ${row.title}`
    if (row.verdict === 'pass') return [line]
    if (row.verdict === 'skip') return [`${line} (${row.why ?? ''})`]
    const said = (row.sent ?? []).flatMap((sent, at) => [
      `        sent: ${sent}`,
      `        came: ${row.came?.[at] ?? ''}`,
    ])
    return [line, `      ${row.rfc} (${row.level}): ${row.why ?? ''}`, ...said]
  })
  const broken = rows.filter(({ verdict, level }) => verdict === 'fail' && level === 'MUST').length
  const summary = `${url}: ${counts.pass} pass, ${counts.fail} fail (${broken} of them MUST), ${counts.skip} skipped`
  return [...lines, '', `${summary}; name asked: ${name ?? 'none'}`]
}

/** True if a MUST of the report failed. */
export function isBroken({ rows }: ReportJson): boolean {
  return rows.some(({ verdict, level }) => verdict === 'fail' && level === 'MUST')
}

/** A request → a command for a shell that sends it again. */
function curlOf(url: string, { method = 'GET', below = '', query, headers = {}, body, ...how }: Ask): string {
  const versions = [
    ...(how.protocol === undefined ? [] : [how.protocol === 'h2' ? '--http2' : '--http1.1']),
    ...(how.tlsVersion === undefined
      ? []
      : [`--tlsv${how.tlsVersion.slice(-3)} --tls-max ${how.tlsVersion.slice(-3)}`]),
  ]
  const lines = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`)
  const whole = `${url}${below}${query === undefined ? '' : `?${query}`}`
  const asked = method === 'GET' ? [] : method === 'HEAD' ? ['-I'] : [`-X ${method}`]
  const curl = ['curl -sSi', ...asked, ...versions, ...lines]
  const target = `'${whole.length > 2_000 ? `${whole.slice(0, 100)}...` : whole}' --output -`
  if (!body) return [...curl, target].join(' ')
  if (body.length > 1_000)
    return `head -c ${body.length} /dev/zero | ${[...curl, '--data-binary @-', target].join(' ')}`
  return `echo ${btoa(String.fromCharCode(...body))} | base64 -d | ${[...curl, '--data-binary @-', target].join(' ')}`
}

/** A response in one line. */
function describe(got: Got): string {
  if ('failed' in got) return `no response (${got.failed})`
  const type = mediaType(got.headers['content-type'])
  const head = `HTTP/${got.httpVersion} ${got.status}, ${type === '' ? 'no content-type' : type}, ${got.bytes.length} bytes`
  if (type !== dnsMessage) return head
  const message = readMessage(got.bytes)
  if ('broken' in message) return `${head}: broken DNS message (${message.broken})`
  const { questions, answers, authority, additional } = message
  const counts = [questions, answers, authority, additional].map(({ length }) => length).join('/')
  return `${head}: ${rcodeText(rcodeOf(message))}, flags 0x${message.flags.toString(16).padStart(4, '0')}, records ${counts}`
}
