const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const QUOTED = /"((?:[^"\\]|\\.)*)"/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y
const EQUALS = /[ \t]*=[ \t]*/y
const BETWEEN = /[\s,]*/y

/**
 * The `error` of the Bearer challenge in a `WWW-Authenticate` header that may hold several (RFC 9110 section 11.6.1,
 * RFC 6750 section 3); `undefined` when there is none.
 */
export function bearerError(header: string): string | undefined {
  return challengeError(header, 'bearer')
}

/** The same for DPoP (RFC 9449 section 7.1). */
export function dpopError(header: string): string | undefined {
  return challengeError(header, 'dpop')
}

function challengeError(header: string, wanted: 'bearer' | 'dpop'): string | undefined {
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(header)
    if (match) at = pattern.lastIndex
    return match
  }
  let scheme = ''
  for (take(BETWEEN); at < header.length; take(BETWEEN)) {
    const name = take(TOKEN)?.[0]
    if (name === undefined) return undefined
    if (take(EQUALS)) {
      const value = take(QUOTED)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? take(TOKEN)?.[0]
      if (value === undefined) return undefined
      if (scheme === wanted && name.toLowerCase() === 'error') return value
    } else {
      scheme = name.toLowerCase()
      if (header[at] === ' ') {
        at += 1
        take(TOKEN68)
      }
    }
  }
  return undefined
}
