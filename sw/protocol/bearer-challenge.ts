const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const QUOTED = /"((?:[^"\\]|\\.)*)"/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y
const EQUALS = /[ \t]*=[ \t]*/y
const BETWEEN = /[\s,]*/y

/** One challenge of a `WWW-Authenticate` header. Every value is text of the server. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string
  /** By name in lower case; of a repeated one the first. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * The challenges of a `WWW-Authenticate` header, which may hold several (RFC 9110 section 11.6.1). Reads as far as the header
 * is well-formed.
 */
export function readChallenges(header: string): readonly Challenge[] {
  const challenges: { readonly scheme: string; readonly parameters: Map<string, string> }[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(header)
    if (match) at = pattern.lastIndex
    return match
  }
  for (take(BETWEEN); at < header.length; take(BETWEEN)) {
    const name = take(TOKEN)?.[0].toLowerCase()
    if (name === undefined) break
    if (take(EQUALS)) {
      const value = take(QUOTED)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? take(TOKEN)?.[0]
      if (value === undefined) break
      const parameters = challenges.at(-1)?.parameters
      if (parameters?.has(name) === false) parameters.set(name, value)
    } else {
      challenges.push({ scheme: name, parameters: new Map() })
      if (header[at] === ' ') {
        at += 1
        take(TOKEN68)
      }
    }
  }
  return challenges
}

/** The `error` of the Bearer challenge (RFC 6750 section 3); `undefined` when there is none. */
export function bearerError(header: string): string | undefined {
  return challengeError(header, 'bearer')
}

/** The same for DPoP (RFC 9449 section 7.1). */
export function dpopError(header: string): string | undefined {
  return challengeError(header, 'dpop')
}

function challengeError(header: string, wanted: 'bearer' | 'dpop'): string | undefined {
  return readChallenges(header)
    .filter(({ scheme }) => scheme === wanted)
    .map(({ parameters }) => parameters.get('error'))
    .find((error) => error !== undefined)
}
