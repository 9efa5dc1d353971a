import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8's young generation at its first size, some MB instead of some 50, from now on. What a watch brings is
 * garbage at once or lives for long, so there is nothing to gain from letting it grow: measured with 10,000
 * Services, a third of the memory for a tenth of the time.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
