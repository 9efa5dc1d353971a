/** Bytes in one label. RFC 1035 §2.3.4. */
export const maxLabelBytes = 63

/** Bytes of a name on the wire, length bytes and root included. RFC 1035 §2.3.4. */
export const maxNameBytes = 255

/** Bytes of one character string, as TXT and HINFO hold them. RFC 1035 §3.3. */
export const maxCharacterStringBytes = 255

/** Bytes of a DNS message: the limit of a DoH body (RFC 8484 §6). */
export const maxMessageBytes = 65_535

/** Bytes of a message's header. RFC 1035 §4.1.1. */
export const headerBytes = 12

/**
 * Bytes of a query that we read. A question needs at most 12 + 255 + 4; the rest is room for EDNS options.
 * Far below RFC 8484's 65,535, so that no query costs more than microseconds to check.
 */
export const maxQueryBytes = 4_096

/** The highest offset that a compression pointer can name. RFC 1035 §4.1.4: 14 bits. */
export const maxPointerOffset = 0x3fff

/** The two bits that mark a compression pointer. RFC 1035 §4.1.4. */
export const pointerTag = 0xc000

/**
 * Bytes of an answer to a query without OPT. curl sends no OPT and drops any DoH body over 3,000 bytes
 * (its DYN_DOH_RESPONSE); clients that take more say so by sending OPT.
 */
export const maxUnannouncedBytes = 3_000

/**
 * Bytes, before padding, of an answer to a query that hides its client's subnet. Of the programs that ask over
 * DoH only Firefox does, and it drops any body over 3,200 bytes (DNSPacket::MAX_SIZE). Padded, these are 2,808:
 * six blocks, 4 bytes of which are the head of the padding.
 */
export const maxFirefoxBytes = 2_804

/** The length of a padded message is a multiple of these. RFC 8467 §4.1. */
export const paddingBlockBytes = { query: 128, reply: 468 } as const

/** The longest TTL of an SOA record in a negative answer, in seconds (CoreDNS: min(ttl, 300)). */
export const maxSoaTtlSeconds = 300

/** UDP payload size that our OPT names. It has no meaning over HTTP (RFC 8484 §6), yet must be sane. */
export const udpPayloadBytes = 1_232

/**
 * Bytes of a zone on the wire. The longest name that we write below one has labels for endpoint, Service and
 * namespace, 64 bytes each with their length, and 4 bytes for svc: 196 and 59 are 255.
 */
export const maxZoneBytes = 59
