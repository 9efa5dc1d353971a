import {
  COLLECTION_STYLE,
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  YAMLException,
} from 'js-yaml'

/** A value in a YAML text: where it is written. Offsets count from 0, ends are exclusive. */
export type YamlNode = YamlScalar | YamlSequence | YamlMapping

/** `start` and `end` are -1 for a value that is not written, as after `key:`. */
export type YamlScalar = { readonly kind: 'scalar'; readonly start: number; readonly end: number }

/** `start` is the offset of the first dash, or of the bracket in flow style. */
export type YamlSequence = {
  readonly kind: 'sequence'
  readonly start: number
  readonly isFlow: boolean
  readonly items: readonly YamlNode[]
}

/** `start` is the offset of the first key, or of the brace in flow style. */
export type YamlMapping = {
  readonly kind: 'mapping'
  readonly start: number
  readonly isFlow: boolean
  readonly pairs: readonly YamlPair[]
}

export type YamlPair = { readonly key: string; readonly keyStart: number; readonly value: YamlNode }

/** One document, as a value and as a tree of places; or the first fault, with its offset where it is known. */
export type DocumentOutcome =
  | { readonly value: unknown; readonly root: YamlNode }
  | { readonly problem: string; readonly offset: number }

/** Deeper than any policy. */
const maxDepth = 20

/**
 * YAML 1.2 text (core schema: `no` and dates are strings) → its one document. Two documents, aliases, tags that the
 * schema does not have and keys that occur twice are faults: people must be able to read a policy without them.
 * Never throws.
 */
export function readDocument(text: string): DocumentOutcome {
  try {
    const events = parseEvents(text, { maxDepth })
    const documents = events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length
    if (documents > 1)
      return {
        problem: 'the file has several YAML documents; a policy is one',
        offset: secondDocument(events),
      }
    const alias = events.find((event) => event.type === EVENT_ID.ALIAS)
    if (alias)
      return {
        problem: 'aliases are not allowed in a policy; write the value out',
        offset: alias.anchorStart,
      }
    const walk: Walk = { text, events, at: 1, duplicate: undefined }
    const root: YamlNode = documents === 0 ? absent : readNode(walk)
    if (walk.duplicate)
      return {
        problem: `the field ${walk.duplicate.key} occurs twice; keep one of them`,
        offset: walk.duplicate.keyStart,
      }
    const [value] = constructFromEvents(events, { source: text, schema: CORE_SCHEMA })
    return { value, root }
  } catch (error) {
    // Odd inputs can make the parser throw errors of other classes, too.
    if (!(error instanceof YAMLException)) return { problem: `not YAML: ${String(error)}`, offset: 0 }
    return { problem: `not YAML: ${error.reason}`, offset: error.mark?.position ?? 0 }
  }
}

type Walk = {
  readonly text: string
  readonly events: readonly Event[]
  at: number
  /** The first key that its mapping already has. */
  duplicate: YamlPair | undefined
}

const absent: YamlScalar = { kind: 'scalar', start: -1, end: -1 }

function readNode(walk: Walk): YamlNode {
  const event = walk.events[walk.at++]
  if (event?.type === EVENT_ID.SEQUENCE) {
    const items: YamlNode[] = []
    while (!isPop(walk)) items.push(readNode(walk))
    walk.at++
    return { kind: 'sequence', start: event.start, isFlow: event.style === COLLECTION_STYLE.FLOW, items }
  }
  if (event?.type === EVENT_ID.MAPPING) {
    const pairs: YamlPair[] = []
    const keys = new Set<string>()
    while (!isPop(walk)) {
      const pair = readPair(walk)
      if (keys.has(pair.key)) walk.duplicate ??= pair
      keys.add(pair.key)
      pairs.push(pair)
    }
    walk.at++
    return { kind: 'mapping', start: event.start, isFlow: event.style === COLLECTION_STYLE.FLOW, pairs }
  }
  return event?.type === EVENT_ID.SCALAR
    ? { kind: 'scalar', start: event.valueStart, end: event.valueEnd }
    : absent
}

function readPair(walk: Walk): YamlPair {
  const event = walk.events[walk.at]
  const { start } = readNode(walk)
  const key = event?.type === EVENT_ID.SCALAR && event.valueStart >= 0 ? getScalarValue(walk.text, event) : ''
  return { key, keyStart: start, value: readNode(walk) }
}

function isPop({ events, at }: Walk): boolean {
  const event = events[at]
  return event === undefined || event.type === EVENT_ID.POP
}

/** The offset of the second document's content. */
function secondDocument(events: readonly Event[]): number {
  const at = events.findLastIndex(({ type }) => type === EVENT_ID.DOCUMENT)
  const first = events[at + 1]
  if (first?.type === EVENT_ID.SCALAR) return Math.max(0, first.valueStart)
  return first && 'start' in first ? first.start : 0
}
