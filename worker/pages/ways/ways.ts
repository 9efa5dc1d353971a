import type { System } from '../../../setup/profiles/profile.ts'
import type { PageFacts } from '../page-facts.ts'
import { androidWay } from './android.ts'
import { browsersWay } from './browsers.ts'
import { ciWay } from './ci.ts'
import { iosWay } from './ios.ts'
import { linuxWay } from './linux.ts'
import { macosWay } from './macos.ts'
import type { Way } from './way.ts'
import { windowsWay } from './windows.ts'

/** The recommended way of each system. */
export const ways: Readonly<Record<System, (facts: PageFacts) => Way>> = {
  linux: linuxWay,
  macos: macosWay,
  windows: windowsWay,
  ios: iosWay,
  android: androidWay,
  browsers: browsersWay,
  ci: ciWay,
}
