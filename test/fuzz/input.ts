/**
 * The input of a target: named parts, each a byte string (one character per byte). So the inputs of all targets are
 * printed, read from the command line and minimised in the same way.
 */
export type Input = Readonly<Record<string, string>>

/** Input → one word for the command line (base64url of JSON). */
export function inputToText(input: Input): string {
  return Buffer.from(JSON.stringify(input)).toString('base64url')
}

/** The word → the input. Throws TypeError if it is not an input. */
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
  if (!isInput) throw new TypeError('--input takes the word that a failure has printed')
  return value as Input
}

/** Input → its parts as lines: printable text unchanged, other bytes in hex. */
export function describeInput(input: Input): string[] {
  return Object.entries(input).map(([part, bytes]) =>
    /^[\x20-\x7e]*$/.test(bytes)
      ? `${part}: ${JSON.stringify(bytes)}`
      : `${part} (hex): ${Buffer.from(bytes, 'latin1').toString('hex')}`,
  )
}

/** Smaller inputs, the largest reductions first: without a part, or without a piece of a part. */
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
