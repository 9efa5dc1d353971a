import type { AgentOptions } from '../../sync/options.ts'
import type { PolicyOrigin } from '../../sync/policy/source/open-policy.ts'
import type { Identity } from '../options/serve/serve-options.ts'
import { sampleFile } from '../options/source-option.ts'
import type { ObjectSource } from '../run/choose-source.ts'
import { exampleCommands } from '../terminal/example-commands.ts'
import { quote } from '../terminal/quote.ts'
import type { InternalZone } from './internal-zone.ts'

/** The lines that `up` prints once it answers; `ready URL` is the last. */
export function announcement(up: {
  readonly source: ObjectSource
  readonly url: string
  /** One line for each address of another transport than HTTP. */
  readonly dnsLines: readonly string[]
  readonly identity: Identity
  readonly isPublic: boolean
  readonly policyFrom: PolicyOrigin | undefined
  readonly options: AgentOptions
  /** The alias zones. */
  readonly zones: readonly string[]
  /** Undefined with --no-internal. */
  readonly internal: InternalZone | undefined
  /** The name in the examples. */
  readonly name: string
  readonly command: string
}): string[] {
  const { source, url, identity } = up
  return [
    `DNS over HTTPS at ${url} for ${whatIsServed(source)}`,
    ...up.dnsLines,
    ...zoneNotes(up),
    ...certificateNote(identity),
    whoIsAnswered(up),
    ...commandsToTry(up),
    `ready ${url}`,
  ]
}

/** The zones, and why there is none below `internal`. */
function zoneNotes({
  options,
  zones,
  internal,
}: {
  readonly options: AgentOptions
  readonly zones: readonly string[]
  readonly internal: InternalZone | undefined
}): string[] {
  const all = [options.domain, ...zones].join(', ')
  if (!internal) return [`zones: ${all}`]
  if ('zone' in internal)
    return [
      `zones: ${all} (${internal.zone} is for browsers and Apple's systems, which do not send .local names to DoH; --no-internal leaves it out)`,
    ]
  return [
    `zones: ${all}`,
    `${internal.leftOut} is not a zone, since ${internal.why}; --cluster gives the cluster another id`,
  ]
}

/** The lines about the development certificate, if the server has one. */
function certificateNote({ caFile, isUnstored }: Identity): string[] {
  if (caFile !== undefined) return [`CA of the development certificate: ${caFile}`]
  if (!isUnstored) return []
  return [
    'the development certificate is in memory only, so DoH clients cannot verify it: give --tls-cert and --tls-key, or --plain behind a proxy',
  ]
}

function whoIsAnswered(up: {
  readonly dnsLines: readonly string[]
  readonly isPublic: boolean
  readonly policyFrom: PolicyOrigin | undefined
  readonly options: AgentOptions
  readonly command: string
}): string {
  const { isPublic, policyFrom: from, options, command } = up
  if (isPublic)
    return 'anyone who can reach this address gets answers (public); with --policy FILE a policy decides'
  if (!from)
    return `${up.dnsLines.length > 0 ? 'only this machine gets answers, over plain DNS and DNS over TLS' : 'nobody gets answers'}: give an access policy with --policy FILE or --allow CIDR, or answer everybody with --public`
  if (from.kind === 'text')
    return 'callers within --allow get answers over plain DNS and DNS over TLS; DoH callers are refused, since they have no token'
  if (from.kind === 'objects') return 'the access policy decides who gets answers'
  const create = `${command} token create NAME --policy ${quote(from.files[0] ?? '')} --cluster ${options.cluster} --all`
  return `the access policy decides who gets answers; to make a token: ${create}`
}

/** Commands that ask over DoH. Nobody is answered there if the policy has networks only. */
function commandsToTry(up: {
  readonly url: string
  readonly identity: Identity
  readonly policyFrom: PolicyOrigin | undefined
  readonly name: string
  readonly command: string
}): string[] {
  const { identity, policyFrom, name, command } = up
  if (policyFrom?.kind === 'text') return []
  const commands = exampleCommands({ url: exampleUrl(up), ...identity, name, command })
  return ['try:', ...commands.map((line) => `  ${line}`)]
}

/** The endpoint in commands to try: with a policy, clients put their token behind it. */
function exampleUrl({
  url,
  policyFrom: from,
}: {
  readonly url: string
  readonly policyFrom: PolicyOrigin | undefined
}): string {
  return from ? `${url}/TOKEN` : url
}

function fileName(file: string): string {
  return file === '-' ? 'stdin' : file
}

/** The source in log lines. */
export function sourceName(source: ObjectSource): string {
  if (source.kind === 'cluster') return `the cluster of ${source.title}`
  return `the objects in ${source.files.map(fileName).join(', ')}`
}

/** The start line's choice, with the option that chooses otherwise. */
function whatIsServed(source: ObjectSource): string {
  const name = sourceName(source)
  if (source.kind === 'cluster') return `${name}; --from FILE would serve a file`
  if (source.files[0] !== sampleFile) return name
  return `${name} (the sample; --kubeconfig FILE, or --context NAME of ~/.kube/config, would serve a cluster)`
}
