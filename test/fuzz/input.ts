/**
 * What a target is fed with: named parts, each a byte string (one character a byte). So every input of every
 * target is printed, given back on the command line and made smaller in one way.
 */
export type Input = Readonly<Record<string, string>>

/** Input → one word for the command line (base64url of JSON). */
export function inputToText(input: Input): string {
  return Buffer.from(JSON.stringify(input)).toString('base64url')
}

/** The word → the input. Throws TypeError when it is none. */
export function inputFromText(text: string): Input {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    value = undefined
  }
  const isInput =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((part) => typeof part === 'string')
  if (!isInput) throw new TypeError('this is no input that a failure has printed')
  return value as Input
}

/** Input → its parts for people, a line each: text as it is, other bytes in hex. */
export function describeInput(input: Input): string[] {
  return Object.entries(input).map(([part, bytes]) =>
    /^[\x20-\x7e]*$/.test(bytes)
      ? `${part}: ${JSON.stringify(bytes)}`
      : `${part} (hex): ${Buffer.from(bytes, 'latin1').toString('hex')}`,
  )
}

/** Inputs that are smaller by one step, the largest steps first: a part less, or a piece of a part less. */
export function* smallerInputs(input: Input): Generator<Input> {
  for (const part of Object.keys(input)) {
    const { [part]: _, ...rest } = input
    yield rest
  }
  for (const [part, bytes] of Object.entries(input)) {
    for (let piece = bytes.length; piece > 0; piece = Math.floor(piece / 2)) {
      for (let at = 0; at < bytes.length; at += piece) {
        yield { ...input, [part]: bytes.slice(0, at) + bytes.slice(at + piece) }
      }
    }
  }
}
