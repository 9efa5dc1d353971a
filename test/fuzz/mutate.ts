import type { Random } from '../seeded-random.ts'

/** Random bytes, one character each. */
export function randomBytes(random: Random, length: number): string {
  return String.fromCharCode(...Array.from({ length }, () => random.between(0, 255)))
}

/** Edge cases of lengths, counts and pointers. */
const edges = [0, 1, 2, 11, 12, 13, 62, 63, 64, 127, 128, 191, 192, 254, 255]

type Change = (bytes: string, random: Random, others: readonly string[]) => string

const changes: readonly Change[] = [
  // Change a bit, a byte, a byte to an edge case, or 16 bits of a length field.
  (bytes, random) => replaceByte(bytes, random, (byte) => byte ^ (1 << random.between(0, 7))),
  (bytes, random) => replaceByte(bytes, random, () => random.between(0, 255)),
  (bytes, random) => replaceByte(bytes, random, () => random.pick(edges)),
  (bytes, random) => replaceByte(bytes, random, (byte) => (byte + random.pick([1, 255])) & 255),
  (bytes, random) => splice(bytes, random, 2, randomBytes(random, 2)),
  // Cut the end, remove a piece, repeat a piece, insert random bytes.
  (bytes, random) => bytes.slice(0, random.between(0, bytes.length)),
  (bytes, random) => splice(bytes, random, random.between(1, 20), ''),
  (bytes, random) => {
    const from = random.between(0, bytes.length)
    return splice(bytes, random, 0, bytes.slice(from, from + random.between(1, 40)))
  },
  (bytes, random) => splice(bytes, random, 0, randomBytes(random, random.between(1, 20))),
  // Join the head with the tail of another.
  (bytes, random, others) => {
    const other = random.pick(others)
    return bytes.slice(0, random.between(0, bytes.length)) + other.slice(random.between(0, other.length))
  },
]

/** Bytes with one to four changes; some take the tail of one of `others`. */
export function mutateBytes(bytes: string, random: Random, others: readonly string[] = [bytes]): string {
  let changed = bytes
  for (let left = random.between(1, 4); left > 0; left--)
    changed = random.pick(changes)(changed, random, others)
  return changed
}

function replaceByte(bytes: string, random: Random, change: (byte: number) => number): string {
  if (bytes === '') return bytes
  const at = random.between(0, bytes.length - 1)
  return bytes.slice(0, at) + String.fromCharCode(change(bytes.charCodeAt(at)) & 255) + bytes.slice(at + 1)
}

function splice(bytes: string, random: Random, removed: number, added: string): string {
  const at = random.between(0, bytes.length)
  return bytes.slice(0, at) + added + bytes.slice(at + removed)
}

/** Values that may break code for another type or size, or JavaScript itself. */
const strangers: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  65_536,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  8.64e15,
  1e308,
  '',
  '.',
  'a.b',
  '\0',
  '@',
  'a..b',
  '10.0.0.1',
  '::ffff:10.0.0.1',
  '::',
  '999.1.1.1',
  '__proto__',
  'constructor',
  'x'.repeat(64),
  'x.'.repeat(200),
  'ü',
  '\u212a',
  '\ud800',
  [],
  [[]],
  {},
  { __proto__: null, blob: 'x' },
]

/** A JSON value with one or two places replaced, removed, repeated or extended. */
export function mutateJson(value: unknown, random: Random): unknown {
  // All places are equally likely, so that deep ones are reached too.
  const once = changeAt(value, random.between(0, placesOf(value) - 1), random)
  return random.chance(0.7) ? once : changeAt(once, random.between(0, placesOf(once) - 1), random)
}

function placesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, each) => sum + placesOf(each), 1)
}

function changeAt(value: unknown, place: number, random: Random): unknown {
  if (place === 0) return replacement(value, random)
  let left = place - 1
  const entries = Object.entries(value as object)
  for (const [index, [key, item]] of entries.entries()) {
    const places = placesOf(item)
    if (left < places) {
      const how = left === 0 ? random.next() : 1
      if (how < 0.05) entries.splice(index, 1)
      else if (how < 0.1) entries.splice(index, 0, [random.pick(['__proto__', 'x', '10.0.0.0', '']), item])
      else entries[index] = [key, changeAt(item, left, random)]
      break
    }
    left -= places
  }
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries)
}

/** Mostly of the same type, since other types are refused at once. */
function replacement(value: unknown, random: Random): unknown {
  if (random.chance(0.2)) return random.pick(strangers)
  if (typeof value === 'string' && value !== '' && random.chance(0.4)) return mutateBytes(value, random)
  return random.pick(strangers.filter((stranger) => typeof stranger === typeof value))
}
