import type { Profile } from '../../setup/profiles/profile.ts'
import { profiles } from '../../setup/profiles/profiles.ts'
import { qrText } from '../../setup/profiles/qr.ts'
import { UsageError } from '../options/option-table.ts'

/** All formats of `kubedoh profile`. */
export const formats: readonly Profile[] = [...profiles, qrText]

/** A format by its id. Throws UsageError. */
export function formatOf(id: string | undefined): Profile {
  const format = formats.find((each) => each.id === id)
  if (format) return format
  const known = formats.map((each) => each.id).join(', ')
  const problem = id === undefined ? 'profile needs a FORMAT' : `there is no format "${id}"`
  throw new UsageError(`${problem}; the formats are ${known}`)
}

/** The lines of --list: each format with its systems. */
export function formatLines(): string[] {
  const column = Math.max(...formats.map(({ id }) => id.length)) + 3
  return formats.map(({ id, title, systems }) => `${id.padEnd(column)}${title} (${systems.join(', ')})`)
}
