import { u32 } from '../uint.ts'

/** LOC rdata is 16 bytes, the first of which is the version 0 (RFC 1876 §2). */
export const locBytes = 16

/**
 * The 16 bytes of a LOC record → latitude, longitude, altitude, size and precisions as RFC 1876 §3 writes them;
 * undefined for another version, a size that is not a digit times a power of ten, or a place outside the globe.
 */
export function locText(bytes: Uint8Array): string | undefined {
  const sizes = [1, 2, 3].map((at) => sizeText(bytes[at] ?? 0))
  const latitude = angleText(u32(bytes, 4), 90, 'N', 'S')
  const longitude = angleText(u32(bytes, 8), 180, 'E', 'W')
  if (bytes[0] !== 0 || !latitude || !longitude || sizes.includes(undefined)) return undefined
  // Centimetres above a base 100 km below the reference spheroid.
  const altitude = `${((u32(bytes, 12) - 10_000_000) / 100).toFixed(2)}m`
  return [latitude, longitude, altitude, ...sizes].join(' ')
}

/** Thousandths of a second of arc, 2^31 being the equator or the prime meridian. */
function angleText(
  value: number,
  maxDegrees: number,
  positive: string,
  negative: string,
): string | undefined {
  const offset = value - 2 ** 31
  const parts = Math.abs(offset)
  if (parts > maxDegrees * 3_600_000) return undefined
  const minutes = Math.floor(parts / 60_000) % 60
  const seconds = ((parts % 60_000) / 1000).toFixed(3)
  return `${Math.floor(parts / 3_600_000)} ${minutes} ${seconds} ${offset < 0 ? negative : positive}`
}

/** A digit in the upper four bits times the power of ten in the lower ones, in centimetres. */
function sizeText(byte: number): string | undefined {
  const [digit, power] = [byte >> 4, byte & 0xf]
  if (digit > 9 || power > 9) return undefined
  return power < 2 ? `${((digit * 10 ** power) / 100).toFixed(2)}m` : `${digit * 10 ** (power - 2)}m`
}
