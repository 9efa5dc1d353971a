import { connectError } from '../../client/connect-error.ts'
import { askStream } from '../../client/dns/ask-stream.ts'
import { createAnswerReader } from '../../client/dns/read-answer.ts'
import { probeLabel, statusName } from '../../connect/own-answers.ts'
import { readStatusStrings } from '../../connect/status-strings.ts'
import { endsSoon, timeLeft } from '../../connect/token-end.ts'
import { CLASS, TYPE } from '../../dns/code.ts'
import { writeQuery } from '../../dns/message/write-query.ts'
import { nameFromText } from '../../dns/name.ts'
import { errorText, systemCode } from '../../host/errors.ts'
import { authority, type ListenAddress, reachable } from '../../host/http/listen.ts'
import type { World } from '../options/verb.ts'
import { systemLookUp } from './system-resolvers.ts'

/** The values of a status by key. */
type Status = ReadonlyMap<string, readonly string[]>

/** The system's own resolver: a name → its addresses. */
export type SystemLookUp = (name: string) => Promise<readonly string[]>

/** The time for the stub's answer, and for one of the system's resolver (ms). */
const stubMs = 3_000
const systemMs = 6_000

/**
 * Prints the state of the stub on an address, and for each zone whether the system's own resolver asks it. → exit code 0; 1 if
 * the stub does not answer, has no connection, or is not asked by the system.
 */
export async function printStatus(
  listen: ListenAddress,
  { print, tell }: Pick<World, 'print' | 'tell'>,
  lookUp: SystemLookUp = systemLookUp,
): Promise<0 | 1> {
  const place = authority(reachable(listen))
  let status: Status
  try {
    status = await askStatus(reachable(listen))
  } catch (error) {
    const reason = connectError(error, { host: place, hostname: listen.host }).message
    tell(
      `kubedoh connect status: no stub answers at ${place}: ${reason}; is \`kubedoh connect\` running, and is --listen its address?`,
    )
    return 1
  }
  for (const line of statusLines(place, status, Date.now())) print(line)
  const zones = status.get('zone') ?? []
  const findings = await Promise.all(zones.map((zone) => systemFinding(zone, lookUp)))
  for (const { text } of findings) print(`system      ${text}`)
  const isConnected = status.has('protocol') && !status.has('away')
  return isConnected && findings.every(({ isAsked }) => isAsked) ? 0 : 1
}

async function askStatus({ host, port }: ListenAddress): Promise<Status> {
  const query = writeQuery(nameFromText(statusName), TYPE.TXT)
  query[query.length - 1] = CLASS.CH
  const reader = createAnswerReader(query, host)
  const signal = AbortSignal.timeout(stubMs)
  const { bytes, answers } = await askStream({ address: host, port, query, reader, signal })
  const strings = answers.flatMap(({ type, start, end }) =>
    type === TYPE.TXT ? textsOf(bytes, start, end) : [],
  )
  if (strings.length === 0) throw new Error('it is not a stub of kubedoh')
  return readStatusStrings(strings)
}

/** The character strings of a TXT rdata (RFC 1035 §3.3.14). */
function textsOf(bytes: Uint8Array, start: number, end: number): string[] {
  const texts: string[] = []
  for (let at = start; at < end; at += 1 + (bytes[at] ?? 0))
    texts.push(new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0))))
  return texts
}

function statusLines(place: string, status: Status, nowMs: number): string[] {
  const value = (key: string): string => status.get(key)?.[0] ?? '0'
  const all = (key: string): string => status.get(key)?.join(', ') ?? 'none known yet'
  const connection = status.has('protocol')
    ? `connected by ${value('protocol')} to ${value('address')}`
    : 'no connection'
  const away = status.has('away') ? `, cannot be reached for ${value('away')} s` : ''
  return [
    `stub        ${place}, running for ${value('uptime')} s`,
    `edge        ${value('edge')}, ${connection}${away}`,
    `zones       ${all('zone')}`,
    `reverse     ${all('reverse')}`,
    ...tokenLine(status.get('expires')?.[0] ?? null, nowMs),
    `forwarding  ${status.get('mode')?.[0] === 'forward' ? `other names to ${all('resolver')}` : 'off, other names are refused'}`,
    `cache       ${value('entries')} answers, ${value('bytes')} bytes`,
    `queries     ${value('queries')}: ${value('cached')} from the cache, ${value('asked')} asked at the edge, ${value('stale')} answered with old data, ${value('failed')} failed, ${value('forwarded')} forwarded, ${value('refused')} refused`,
    `last error  ${status.has('error') ? `${value('error')} (${value('errorage')} s ago)` : 'none'}`,
  ]
}

/** The end of the token, if it has one, and the advice to replace it if that is soon. */
function tokenLine(expires: string | null, nowMs: number): string[] {
  if (expires === null) return []
  const advice = endsSoon(expires, nowMs)
    ? '; WARNING: get a URL with a new token from the people who run the cluster'
    : ''
  return [`token       ends at ${expires}, time left: ${timeLeft(expires, nowMs)}${advice}`]
}

/** Whether the system asks this stub for a zone: only the stub knows an address of the name that is asked for. */
async function systemFinding(
  zone: string,
  lookUp: SystemLookUp,
): Promise<{ readonly isAsked: boolean; readonly text: string }> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${systemMs} ms`)), systemMs)
  try {
    const found = await Promise.race([lookUp(`${probeLabel}.${zone}.`), late.promise])
    if (found.includes('127.0.0.1')) return { isAsked: true, text: `the system asks this stub for ${zone}` }
    return { isAsked: false, text: `another resolver answers for ${zone}: ${found.join(' ')}` }
  } catch (error) {
    const reason = systemCode(error) ?? errorText(error)
    return { isAsked: false, text: `the system does not ask this stub for ${zone} (${reason})` }
  } finally {
    clearTimeout(timer)
  }
}
