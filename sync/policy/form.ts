import { maxLabelBytes } from '../../dns/limits.ts'
import type { Door } from '../../snapshot/policy/schema.ts'
import {
  described,
  emptyAs,
  type FieldReader,
  flag,
  list,
  mustBe,
  object,
  oneOf,
  text,
} from './field-readers.ts'
import { durationPattern, parseDuration, parseTime, timePattern } from './times.ts'

/** The limits of a policy file. A token's entry has about 200 bytes, so the largest file has 2 MiB of entries. */
export const policyLimits = {
  /** UTF-16 code units of the file. */
  textLength: 8 * 1024 * 1024,
  tokens: 10_000,
  minting: 100,
  networks: 1_000,
  /** Namespaces in one list. */
  namespaces: 1_000,
  /** Characters of a label selector. */
  selectorLength: 1_000,
  /** The longest lifetime of minted tokens (s): taking out their key is the only way to revoke them. */
  mintedSeconds: 7 * 86_400,
}

/** Names of entries are shown in logs and given on command lines. */
export const entryNamePattern = new RegExp(
  `^[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,${maxLabelBytes - 2}}[A-Za-z0-9])?$`,
)
export const entryNameRule = `1 to ${maxLabelBytes} letters, digits, ".", "_", "@" or "-", from a letter or digit to a letter or digit`

/** A namespace's name: a DNS label in lower case (RFC 1123). */
export const namespacePattern = new RegExp(`^[a-z0-9](?:[a-z0-9-]{0,${maxLabelBytes - 2}}[a-z0-9])?$`)
export const namespaceRule = `a namespace's name (a to z, 0 to 9 and "-", at most ${maxLabelBytes} characters)`

const entryName = text(entryNamePattern, entryNameRule)
const namespaceNames = list(text(namespacePattern, namespaceRule), 1, policyLimits.namespaces)

const time: FieldReader<number> = {
  schema: { type: 'string', pattern: timePattern.source },
  read: (value, path, report) => {
    const ms = typeof value === 'string' ? parseTime(value) : undefined
    if (ms === undefined) report(path, mustBe(value, 'a time with zone, such as 2027-03-01T00:00:00Z'))
    return ms
  },
}

const lifetime: FieldReader<number> = {
  schema: { type: 'string', pattern: durationPattern.source },
  read: (value, path, report) => {
    const seconds = typeof value === 'string' ? parseDuration(value) : undefined
    if (seconds !== undefined && seconds <= policyLimits.mintedSeconds) return seconds
    return report(path, mustBe(value, 'a time span of at most 7d, such as 15m or 1h'))
  },
}

const doors: FieldReader<readonly Door[]> = {
  schema: {
    oneOf: [
      { const: ['dot'] },
      { type: 'array', items: { enum: ['path', 'bearer'] }, minItems: 1, maxItems: 2, uniqueItems: true },
    ],
  },
  read: (value, path, report) => {
    const read = list(oneOf('path', 'bearer', 'dot'), 1, 2).read(value, path, report)
    if (!read?.includes('dot') || read.length === 1) return read
    return report(
      path,
      'dot must be the only one: a DoT server name is readable on the network, so its token opens nothing else',
    )
  },
}

/** The fields that say which namespaces an entry gives access to; each entry has one of them. */
const scope = {
  namespaces: described('The namespaces that are visible.', namespaceNames),
  namespaceLabels: described('Namespaces with these labels are visible: a selector as kubectl -l takes it.', {
    ...text(new RegExp(`^[\\s\\S]{1,${policyLimits.selectorLength}}$`), 'a label selector, such as team=a'),
  }),
  all: described('Every published namespace is visible.', oneOf(true)),
}
const scopeFields = ['namespaces', 'namespaceLabels', 'all'] as const

const forward = described('Whether names outside the cluster are resolved for this caller.', flag)

const token = object(
  {
    name: described(
      'A name for people and logs. Two tokens may share one while one replaces the other.',
      entryName,
    ),
    sha256: described(
      'SHA-256 of the token: 64 lower-case hexadecimal digits.',
      text(
        /^[0-9a-f]{64}$/,
        'the SHA-256 of the token as 64 lower-case hexadecimal digits, as sha256sum prints it',
      ),
    ),
  },
  {
    ...scope,
    notBefore: described('The token is valid from this time on.', time),
    expires: described('The token is valid before this time; without it, always.', time),
    doors: described('How the token may be presented (default: path, bearer).', doors),
    forward,
  },
  scopeFields,
)

const mintingKey = object(
  {
    name: described('A name for people and logs.', entryName),
    key: described(
      'The Ed25519 public key, as kubedoh key prints it.',
      text(/^[A-Za-z0-9_-]{43}$/, 'an Ed25519 public key, as `kubedoh key show` prints it'),
    ),
    maxLifetime: described('The longest lifetime of the tokens, such as 15m or 1h; at most 7d.', lifetime),
  },
  { ...scope, forward },
  scopeFields,
)

const network = object(
  {
    cidr: described(
      'Source addresses, such as 10.0.0.0/8.',
      text(/^[0-9a-f.:]+\/[0-9]{1,3}$/, 'an address range such as 10.0.0.0/8'),
    ),
  },
  { ...scope, forward },
  scopeFields,
)

/** The form of a policy file: its reader and its JSON Schema. */
export const policyForm = object(
  { version: described('The version of this form.', oneOf(1)) },
  {
    tokens: described('Who has access, by token.', emptyAs([], list(token, 0, policyLimits.tokens))),
    minting: described(
      'Keys whose holders may sign short-lived tokens.',
      emptyAs([], list(mintingKey, 0, policyLimits.minting)),
    ),
    networks: described(
      'What callers of plain DNS see, by their address; the longest prefix counts.',
      emptyAs([], list(network, 0, policyLimits.networks)),
    ),
    anonymous: described(
      'What callers without a token see; without it they are refused.',
      emptyAs(null, object<object, ScopeFields>({}, scope, scopeFields) as FieldReader<ScopeFields | null>),
    ),
  },
)

/** The scope of an entry as it was read: one of the fields is there. */
export type ScopeFields = {
  readonly namespaces?: readonly string[]
  readonly namespaceLabels?: string
  readonly all?: true
}
