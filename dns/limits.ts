/** Bytes in one label. RFC 1035 §2.3.4. */
export const maxLabelBytes = 63

/** Bytes of a name on the wire, length bytes and root included. RFC 1035 §2.3.4. */
export const maxNameBytes = 255

/** Bytes of one character string, as in TXT and HINFO. RFC 1035 §3.3. */
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
 * (its DYN_DOH_RESPONSE); clients that accept more send OPT.
 */
export const maxUnannouncedBytes = 3_000

/**
 * Bytes, before padding, of an answer to a query that hides its client's subnet. Among DoH clients, only Firefox does,
 * and it drops any body over 3,200 bytes (DNSPacket::MAX_SIZE). With padding these are 2,808 bytes: six blocks, including
 * the 4 bytes of the padding option's head.
 */
export const maxFirefoxBytes = 2_804

/** The length of a padded message is a multiple of these. RFC 8467 §4.1. */
export const paddingBlockBytes = { query: 128, reply: 468 } as const

/** The longest TTL of an SOA record in a negative answer, in seconds (CoreDNS: min(ttl, 300)). */
export const maxSoaTtlSeconds = 300

/** The UDP payload size in our OPT. It has no meaning over HTTP (RFC 8484 §6), but must be valid. */
export const udpPayloadBytes = 1_232

/**
 * Bytes of a zone on the wire. The longest name below a zone has labels for endpoint, Service and namespace, of 64 bytes
 * each with their length byte, and 4 bytes for svc: 196 + 59 = 255.
 */
export const maxZoneBytes = 59
