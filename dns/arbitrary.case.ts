import * as fc from 'fast-check'
import { fold, type Name, root } from './name.ts'

/** The bytes of a label: mostly letters, sometimes any byte, including dots and zero bytes. */
export const anyLabel: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ minLength: 1, maxLength: 63 }).map((bytes) => String.fromCharCode(...bytes)),
  },
  { weight: 1, arbitrary: fc.constantFrom('a.b', '\0', '.', '\xc0\x0c', 'K'.repeat(63)) },
)

/** Any absolute name of at most 255 bytes, of a small set of labels, so that names share suffixes. */
export const anyName: fc.Arbitrary<Name> = fc
  .array(fc.oneof(fc.constantFrom('svc', 'cluster', 'local', 'Local', 'a', 'A'), anyLabel), { maxLength: 8 })
  .map((labels) => {
    let name = root
    for (const label of labels) {
      const longer = String.fromCharCode(label.length) + label + name
      if (longer.length <= 255) name = longer
    }
    return name
  })

/** A name in lower case only. */
export const anyFoldedName: fc.Arbitrary<Name> = anyName.map(fold)

/** The bytes of an IPv4 or an IPv6 address, zero groups being likely. */
export const anyAddressBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc
    .array(
      fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff })),
      {
        minLength: 8,
        maxLength: 8,
      },
    )
    .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))),
)

/** A name with one character per byte → its bytes. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

/** The bytes of a query with the given header counts and the given sections after the question. */
export function queryBytes(
  name: Name,
  options: {
    readonly id?: number
    readonly flags?: number
    readonly type?: number
    readonly class?: number
    readonly counts?: readonly [number, number, number, number]
    readonly tail?: string
  } = {},
): Uint8Array {
  const [qd, an, ns, ar] = options.counts ?? [1, 0, 0, 0]
  const header = [options.id ?? 0x1234, options.flags ?? 0x0100, qd, an, ns, ar]
  const text = u16s(...header) + name + u16s(options.type ?? 1, options.class ?? 1) + (options.tail ?? '')
  return latin1(text)
}

/** Numbers → two characters each. */
export function u16s(...values: readonly number[]): string {
  return values.map((value) => String.fromCharCode(value >> 8, value & 0xff)).join('')
}

/** An OPT record with the given halves of the TTL field and options. */
export function optRecord(options = '', ttl: readonly [number, number] = [0, 0], owner = root): string {
  return owner + u16s(41, 1232, ...ttl, options.length) + options
}
