/** The text of a file without its byte order mark, or the end of a sentence with the reason why the bytes are not text. */
export type DecodedText = { readonly text: string } | { readonly problem: string }

type Mark = { readonly bytes: readonly number[]; readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' }

const marks: readonly Mark[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
]

/** Windows PowerShell's `>` writes UTF-16. This is its way to write UTF-8. */
const mend = 'save it as UTF-8 (in PowerShell: … | Out-File -Encoding utf8 FILE)'

/**
 * The bytes of a YAML or JSON file → its text. A byte order mark decides between UTF-8, UTF-16 LE and UTF-16 BE;
 * without one the file is UTF-8 (YAML 1.1 §5.2, the encodings that kubectl reads). Never throws.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const mark = marks.find((each) => each.bytes.every((byte, index) => bytes[index] === byte))
  const encoding = mark?.encoding ?? 'utf-8'
  const content = bytes.subarray(mark?.bytes.length ?? 0)
  // U+0000 is legal in none of the formats: UTF-16 without a mark and UTF-32 are full of it.
  const odd = {
    problem: `it is not ${encoding.toUpperCase()} text${mark ? '' : ' and has no byte order mark'}; ${mend}`,
  }
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(content)
    return text.includes('\0') ? odd : { text }
  } catch {
    return odd
  }
}
