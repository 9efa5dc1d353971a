const shown = 4

/** The first few texts of a list, and the number of the others: 'a, b, c, d and 3 more'. */
export function someOf(texts: readonly string[]): string {
  const rest = texts.length - shown
  return texts.slice(0, shown).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
