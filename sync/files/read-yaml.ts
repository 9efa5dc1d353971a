import {
  boolYaml11Tag,
  CORE_SCHEMA,
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  EVENT_ID,
  type Event,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  seqTag,
  YAMLException,
} from 'js-yaml'

/** One document of a file: its value, and the offset in the text where its content begins. */
export type TextDocument = { readonly value: unknown; readonly offset: number }

/** The documents of a text, or the reason why it is not YAML, with the place (from 1) if the parser reports it. */
export type YamlOutcome =
  | { readonly documents: readonly TextDocument[] }
  | { readonly problem: string; readonly place: Place | undefined }

type Place = { readonly line: number; readonly column: number }

/** Deeper than any object of the API; far below the depth at which the parser's recursion exhausts the stack. */
const maxDepth = 500

/**
 * How many nodes aliases may add by repeating anchored nodes: this number, and a tenth of the nodes that the file
 * writes out. Nested aliases grow exponentially ("billion laughs"); the parser of kubectl has limits of this size.
 */
const maxRepeatedNodes = 400_000
const maxRepeatedShare = 0.1

const decimal = /^[-+]?[0-9][0-9_]*$/
const integer = /^[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[1-9][0-9_]*|0)$/

/** Integers as the parser of kubectl reads them: 010 and 0o10 are 8, 1_000 is 1000, 1:30 is a string. */
const intTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: Array.from('-+0123456789'),
  identify: () => false,
  resolve(source) {
    if (!integer.test(source)) return decimal.test(source) ? Number(source.replaceAll('_', '')) : NOT_RESOLVED
    const digits = source.replaceAll('_', '').replace(/^[-+]/, '')
    const value = Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits)
    return source.startsWith('-') ? -value : value
  },
})

/** Unknown tags, such as !Ref, are ignored: scalars become strings. They occur in kinds that DNS does not need. */
const unknown = { matchByTagPrefix: true, identify: () => false }
const unknownTags = [
  defineScalarTag<string>('', { ...unknown, resolve: (source) => source }),
  defineSequenceTag<unknown[]>('', { ...unknown, create: seqTag.create, addItem: seqTag.addItem }),
  defineMappingTag<Record<string, unknown>>('', { ...mapTag, ...unknown }),
]

/** Tags of YAML 1.1 as sigs.k8s.io/yaml has them: yes, no, on, off, y and n are booleans; dates are strings. */
const schema = CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag, intTag, unknownTags)

/**
 * YAML text → the values of its documents, as kubectl reads them (sigs.k8s.io/yaml, YAML 1.1): of equal keys in one
 * mapping the last one counts. Documents without content, such as one of comments only, have the value null.
 * Never throws.
 */
export function readYaml(given: string): YamlOutcome {
  // kubectl accepts a comment directly after a separator.
  const text = given.replaceAll('\n---#', '\n--- #')
  try {
    const events = parseEvents(text, { maxDepth })
    checkAliases(events, text)
    const values = constructFromEvents(events, { source: text, schema, json: true })
    const offsets = offsetsOf(events)
    return { documents: values.map((value, index) => ({ value, offset: offsets[index] ?? 0 })) }
  } catch (error) {
    // Odd inputs can make the parser throw errors of other classes, too.
    if (!(error instanceof YAMLException)) return { problem: String(error), place: undefined }
    const { reason, mark } = error
    return { problem: reason, place: mark && { line: mark.line + 1, column: mark.column + 1 } }
  }
}

/** Where the first node of each document begins; 0 for documents without content. */
function offsetsOf(events: readonly Event[]): number[] {
  return events.flatMap((event, index) => {
    if (event.type !== EVENT_ID.DOCUMENT) return []
    const first = events[index + 1]
    if (first?.type === EVENT_ID.SCALAR) return Math.max(0, first.valueStart)
    return first && 'start' in first ? first.start : 0
  })
}

/** Throws YAMLException when the aliases of a document repeat too many nodes. */
function checkAliases(events: readonly Event[], text: string): void {
  if (!events.some(({ type }) => type === EVENT_ID.ALIAS)) return
  let sizes = new Map<string, number>()
  const limit = maxRepeatedNodes + events.length * maxRepeatedShare
  let repeated = 0
  const open: { readonly anchor: string; size: number }[] = []
  const add = (size: number): void => {
    const parent = open.at(-1)
    if (parent) parent.size += size
  }
  const anchorOf = (event: { anchorStart: number; anchorEnd: number }): string =>
    event.anchorStart < 0 ? '' : text.slice(event.anchorStart, event.anchorEnd)
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      sizes = new Map()
      open.push({ anchor: '', size: 0 })
    } else if (event.type === EVENT_ID.POP) {
      const closed = open.pop()
      if (closed?.anchor) sizes.set(closed.anchor, closed.size)
      add(closed?.size ?? 0)
    } else if (event.type === EVENT_ID.ALIAS) {
      const size = sizes.get(anchorOf(event)) ?? 1
      repeated += size
      if (repeated > limit)
        YAMLException.throwAt(text, event.anchorStart, 'aliases repeat too many nodes; write the objects out')
      add(size)
    } else if (event.type === EVENT_ID.SCALAR) {
      if (anchorOf(event)) sizes.set(anchorOf(event), 1)
      add(1)
    } else open.push({ anchor: anchorOf(event), size: 1 })
  }
}
