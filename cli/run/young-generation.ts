import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8's young generation at its initial size, a few MB instead of about 50. Objects from a watch are garbage at
 * once or live long, so a larger young generation gains little. Measured with 10,000 Services: it saves a third of the
 * memory and takes a tenth more time.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
