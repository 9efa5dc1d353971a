/** Unix ms → the text of a MicroTime of the API, which has six fractional digits. */
export function microTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('Z', '000Z')
}
