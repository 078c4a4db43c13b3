/** One block of a `_headers` file: what it takes back and what it sets, for the paths that it matches. */
export interface HeaderRule {
  readonly pattern: string
  /** In lower case, as all names here. */
  readonly detached: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Reads a `_headers` file as Cloudflare Pages does, but strictly: what a host would skip over is an error here.
 *
 * Supports exact paths and a `*` at the end.
 * @throws SyntaxError with the number of the line that is not understood
 */
export function parseHeadersFile(text: string): readonly HeaderRule[] {
  const rules: { pattern: string; detached: string[]; headers: Record<string, string> }[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    const wrong = (): never => {
      throw new SyntaxError(`_headers, line ${index + 1} is not understood: ${line}`)
    }
    if (line === '' || line.startsWith('#')) continue
    if (/^\/[^\s*]*\*?$/.test(line)) {
      if (rules.some(({ pattern }) => pattern === line)) wrong()
      rules.push({ pattern: line, detached: [], headers: {} })
      continue
    }
    const rule = rules.at(-1) ?? wrong()
    const [, detached] = /^! ([\w-]+)$/.exec(line) ?? []
    if (detached !== undefined) {
      rule.detached.push(detached.toLowerCase())
      continue
    }
    const [, rawName, value] = /^([\w-]+):\s*(.+)$/.exec(line) ?? wrong()
    const name = rawName?.toLowerCase() ?? wrong()
    if (value === undefined || name in rule.headers || line.length > 2000) wrong()
    rule.headers[name] = value ?? ''
  }
  return rules
}

/** What the rules make of a path: in their order, and values of one name joined unless detached before. */
export function headersAt(rules: readonly HeaderRule[], path: string): Record<string, string> {
  const result: Record<string, string> = {}
  for (const { pattern, detached, headers } of rules) {
    const matches = pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern
    if (!matches) continue
    for (const name of detached) delete result[name]
    for (const [name, value] of Object.entries(headers)) {
      result[name] = name in result ? `${result[name]}, ${value}` : value
    }
  }
  return result
}
