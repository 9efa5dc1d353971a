import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packet from 'dns-packet'
import { toBase64Url } from '../../dns/base64url.ts'
import { TYPE } from '../../dns/code.ts'
import { query } from '../blackbox/ask.ts'
import { assertPage, assertPart, type Case, hostOf, isMissing } from './case.ts'
import { type Client, type Session, shortLived } from './client.ts'
import type { Target } from './dig.ts'
import { ended, output, versionOf } from './program.ts'

const zone = 'cluster.local'
const curl = { zone, programs: ['curl'], version: () => versionOf('curl', '--version') }
/** lib/doh.c: DYN_DOH_RESPONSE and DOH_MAX_ADDR. */
const maxAnswerBytes = 3000
const maxAddresses = 24
const couldNotResolveHost = 6

/** curl loads a page by a cluster name, which it resolves over DoH. */
export const curlDohUrl: Client = {
  ...curl,
  name: 'curl --doh-url',
  open: (edge) => Promise.resolve(shortLived((one) => loadPage(edge, one))),
}

/** curl sends a DNS message without EDNS in each of the four forms of a DoH request. */
export const curlRequests: readonly Client[] = ['--http2', '--http1.1'].flatMap((version) =>
  (['GET', 'POST'] as const).map((method) => ({
    ...curl,
    name: `curl ${method} ${version}`,
    open: (edge: Target) => openRequests(edge, method, version),
  })),
)

async function loadPage({ url, caFile }: Target, one: Case): Promise<string> {
  const page = `http://${hostOf(one, zone)}/`
  const { code, stdout, stderr } = await ended('curl', [
    ...['-sS', '-v', '--max-time', '10', '--cacert', caFile, '--doh-url', url, page],
  ])
  if (isMissing(one)) {
    assert.equal(code, couldNotResolveHost, stderr)
    return /^curl: (.*)$/m.exec(stderr)?.[1] ?? `exit code ${code}`
  }
  assert.equal(code, 0, stderr)
  const used = Array.from(stderr.matchAll(/DOH (?:A|AAAA): (\S+)/gi), ([, address = '']) =>
    canonical(address),
  )
  assert.ok(used.length <= maxAddresses)
  return `${assertPage(one, stdout)}, knew ${assertPart(one, used, maxAddresses)}`
}

/** An IP address in the form of a URL; curl prints IPv6 addresses uncompressed. */
function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address
}

async function openRequests(edge: Target, method: 'GET' | 'POST', version: string): Promise<Session> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-curl-'))
  return {
    see: (one) => sendMessage(edge, method, version, dir, one),
    close: () => rm(dir, { recursive: true }),
  }
}

async function sendMessage(
  { url, caFile }: Target,
  method: 'GET' | 'POST',
  version: string,
  dir: string,
  one: Case,
): Promise<string> {
  const message = query(hostOf(one, zone), TYPE[one.type])
  const question = join(dir, 'question.bin')
  const answer = join(dir, 'answer.bin')
  await writeFile(question, message)
  const media = 'application/dns-message'
  const how =
    method === 'GET'
      ? ['-H', `accept: ${media}`, `${url}?dns=${toBase64Url(message)}`]
      : ['-H', `content-type: ${media}`, '--data-binary', `@${question}`, url]
  const format = '%{http_version} %{content_type}'
  const common = ['-sS', '--fail', '--cacert', caFile, version, '-o', answer, '-w', format]
  assert.equal(await output('curl', [...common, ...how]), `${version.replace('--http', '')} ${media}`)
  return readAnswer(one, await readFile(answer))
}

function readAnswer(one: Case, bytes: Buffer): string {
  const { answers = [] } = packet.decode(bytes)
  assert.ok(bytes.length <= maxAnswerBytes, `${bytes.length} bytes`)
  const rcode = (bytes[3] ?? 0) & 0xf
  assert.equal(rcode, isMissing(one) ? 3 : 0)
  const got = answers.flatMap((record) => (record.type === one.type ? [record.data] : []))
  const seen = assertPart(one, got, maxAddresses)
  return isMissing(one) ? 'NXDOMAIN' : `${seen}, ${bytes.length} bytes`
}
