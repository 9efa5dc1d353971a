/** Sentences about search domains, for people who read the plan. */
export function searchNotes(search: readonly string[]): string[] {
  if (search.length === 0) return []
  return [
    `programs look short names up under ${search.join(' and ')} as well; a name with a dot, such as web.default, is first asked as it is, so your usual resolver sees it.`,
  ]
}
