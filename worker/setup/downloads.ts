import type { EdgeZones } from '../../setup/edge-zones.ts'
import type { Profile, SetupFacts } from '../../setup/profiles/profile.ts'
import { profiles } from '../../setup/profiles/profiles.ts'
import { stubPlace } from '../../setup/stub-place.ts'
import { documentHeaders } from '../http/document-headers.ts'
import type { DohResponse } from '../http/request.ts'
import type { Download } from '../pages/page-facts.ts'
import type { SignProfile } from '../ports.ts'
import { fileUrl } from './set-up-path.ts'

/** The facts of a caller's files. The edge knows no addresses of resolvers. */
export function fileFacts(dohUrl: string, edge: EdgeZones): SetupFacts {
  return { dohUrl, edge, stub: stubPlace, dnsServers: [], resolvers: [] }
}

/**
 * Why a caller has no file of a format: one clause. Undefined if it has one. A request without a host gives no URL that a
 * file could have.
 */
export function unfitFor(profile: Profile, facts: SetupFacts): string | undefined {
  return facts.dohUrl.startsWith('https:') ? profile.unfit(facts) : 'the request names no host'
}

/** The files that a caller can use, for the page with this path. */
export function downloadsOf(facts: SetupFacts, page: string): Download[] {
  return profiles
    .filter((profile) => unfitFor(profile, facts) === undefined)
    .map((profile) => ({
      ...profile,
      href: fileUrl(page, profile.fileName),
      limits: profile.limits(facts),
    }))
}

/** The format with this file name. */
export function profileOf(fileName: string | undefined): Profile | undefined {
  return profiles.find((profile) => profile.fileName === fileName)
}

/**
 * A file as a response; a profile for Apple devices is signed where the edge can. Safari installs an Apple profile only if it is shown; browsers save all other files. The response is never
 * stored, since the file has the caller's token.
 */
export async function fileResponse(
  { fileName, mediaType, write }: Profile,
  facts: SetupFacts,
  sign: SignProfile | undefined,
): Promise<DohResponse> {
  const isShown = mediaType === 'application/x-apple-aspen-config'
  return {
    status: 200,
    headers: {
      ...documentHeaders,
      'content-type': mediaType,
      'cache-control': 'no-store',
      ...(!isShown && { 'content-disposition': `attachment; filename="${fileName}"` }),
    },
    body: isShown && sign ? await sign(await write(facts)) : await write(facts),
  }
}
