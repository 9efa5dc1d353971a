/** The places in which blocks run, see places.ts. */
export const placeNames = ['checkout', 'npm', 'up', 'machine', 'edge'] as const
export type PlaceName = (typeof placeNames)[number]
