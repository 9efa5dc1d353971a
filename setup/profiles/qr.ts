import { renderSVG, renderUnicodeCompact } from 'uqr'
import { placesOf } from '../places.ts'
import type { Profile } from './profile.ts'
import { unfitUrl } from './zones.ts'

const about: Pick<Profile, 'systems' | 'does' | 'install' | 'undo' | 'limits' | 'unfit'> = {
  systems: ['ios', 'android'],
  does: 'Opens the set-up page of the edge on a phone.',
  install:
    "Point the phone's camera at it; on an iPhone or iPad open the link in Safari, the only browser that installs profiles.",
  undo: 'Nothing has to be undone: the code is only a link.',
  limits: ({ dohUrl }) =>
    /\/dns-query\/./.test(dohUrl) ? ['The code contains the token: anyone who sees it can use it.'] : [],
  unfit: unfitUrl,
}

/** The address of the set-up page as a QR code (ISO/IEC 18004). */
export const qr: Profile = {
  ...about,
  id: 'qr',
  title: 'QR code for phones, as a picture',
  fileName: 'kubedoh-qr.svg',
  mediaType: 'image/svg+xml',
  write: ({ dohUrl }) => `${renderSVG(placesOf(dohUrl).setup, { border: 4 })}\n`,
}

/** The same for a terminal: each character is two modules. Light modules are drawn, since most terminals are dark. */
export const qrText: Profile = {
  ...about,
  id: 'qr-text',
  title: 'QR code for phones, for a terminal',
  fileName: 'kubedoh-qr.txt',
  mediaType: 'text/plain; charset=utf-8',
  write: ({ dohUrl }) => `${renderUnicodeCompact(placesOf(dohUrl).setup, { border: 4 })}\n`,
}
