import type { CookieSecrets } from '../../../host/dns/cookie/cookie.ts'
import { readInputFile } from '../input-file.ts'
import { UsageError } from '../option-table.ts'
import { refuseExposedKey } from '../private-file.ts'

/**
 * The secrets in a file: one or two lines of 32 hexadecimal digits, the first for new cookies. Empty lines and lines that
 * begin with # are ignored. Throws UsageError, which never has a part of a secret in its message.
 */
export async function readCookieSecrets(file: string): Promise<CookieSecrets> {
  const make = '; `openssl rand -hex 16` makes a secret'
  const text = await readInputFile(file, `--cookie-secret-file ${file}`, make)
  await refuseExposedKey(file, 'secret')
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const wrong = lines.findIndex((line) => !/^[0-9a-fA-F]{32}$/.test(line))
  if (wrong >= 0)
    throw new UsageError(
      `--cookie-secret-file ${file}: secret ${wrong + 1} does not have 32 hexadecimal digits${make}`,
    )
  const [first, second, ...more] = lines.map((line) => Uint8Array.from(Buffer.from(line, 'hex')))
  if (!first || more.length > 0)
    throw new UsageError(
      `--cookie-secret-file ${file} has ${lines.length} secrets, it must have one or two${make}`,
    )
  return second ? [first, second] : [first]
}
