import type { System } from '../../setup/profiles/profile.ts'

/** The systems that the set-up page has a way for, in the order of its tabs. */
export const systems: readonly System[] = ['linux', 'macos', 'windows', 'ios', 'android', 'browsers', 'ci']

/** The titles of the tabs. */
export const systemTitles: Readonly<Record<System, string>> = {
  linux: 'Linux',
  macos: 'macOS',
  windows: 'Windows',
  ios: 'iPhone, iPad',
  android: 'Android',
  browsers: 'Browsers',
  ci: 'CI, containers',
}

/** The first one that matches counts: an iPhone's text has "Mac OS X", that of an Android phone "Linux". */
const patterns: readonly (readonly [RegExp, System])[] = [
  [/iPhone|iPad|iPod/, 'ios'],
  [/Android/, 'android'],
  [/Windows/, 'windows'],
  [/Macintosh|Mac OS X|Darwin/, 'macos'],
  [/CrOS/, 'browsers'],
]

/**
 * The system of a client, by its User-Agent; Linux if it says nothing. An iPad says that it is a Mac: the page's script
 * corrects that.
 */
export function systemOf(userAgent: string | undefined): System {
  return patterns.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1] ?? 'linux'
}
