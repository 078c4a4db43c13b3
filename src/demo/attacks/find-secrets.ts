/**
 * Looks for anything secret in any value: strings, JSON in strings, nested objects, maps, binary data read as text.
 * Returns findings such as `localStorage.x: JWT eyJhbG… (812 characters)`. Secrets are shortened, for the page shows them.
 */
export function findSecrets(value: unknown, where: string): string[] {
  const found: string[] = []
  walk(value, where, found, new Set(), 0)
  return [...new Set(found)]
}

const MAX_DEPTH = 12
const SECRET_NAMES =
  /^(access_?token|refresh_?token|id_?token|code_?verifier|verifier|client_?secret|authorization|dpop_?key|code)$/i
const PUBLIC_NAMES = /^(correlationId|sub|sid|jti|kid|x5t|revision|integrity|crypto_?key)$/i

function walk(
  value: unknown,
  where: string,
  found: string[],
  seen: Set<unknown>,
  depth: number,
): void {
  if (typeof value === 'string') return searchText(value, where, found, seen, depth)
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH || seen.has(value)) return
  seen.add(value)
  const bytes = bytesOf(value)
  if (bytes !== undefined)
    return searchText(textOf(bytes), `${where} (as text)`, found, seen, depth)
  if (value instanceof CryptoKey || value instanceof Blob) return
  if (value instanceof Map || value instanceof Set) {
    return walk([...value], where, found, seen, depth + 1)
  }
  // Public halves of keys look like secrets; private ones are.
  if ('kty' in value) {
    if ('d' in value || 'k' in value) found.push(`${where}: private key as JWK`)
    return
  }
  for (const [name, member] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${where}[${name}]` : `${where}.${name}`
    if (PUBLIC_NAMES.test(name)) continue
    if (SECRET_NAMES.test(name) && typeof member === 'string' && looksOpaque(member, 20)) {
      found.push(`${place}: ${shortened(member)}`)
    }
    walk(member, place, found, seen, depth + 1)
  }
}

function searchText(
  text: string,
  where: string,
  found: string[],
  seen: Set<unknown>,
  depth: number,
): void {
  // Parts of an authorization request that are public by design; the rest of the text is searched.
  const rest = text.replace(
    /\b(state|nonce|code_challenge|dpop_jkt|request_uri)=[^&\s"'<#]*/g,
    '$1=(public)',
  )
  for (const [jwt] of rest.matchAll(/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}/g)) {
    found.push(`${where}: JWT ${shortened(jwt)}`)
  }
  for (const [, code] of rest.matchAll(/(?:[?&#"'\s]|^)code=([\w.~%-]{8,})/g)) {
    if (code !== undefined) found.push(`${where}: authorization code ${shortened(code)}`)
  }
  for (const [, scheme, token] of rest.matchAll(/\b(Bearer|DPoP)\s+([\w.~+/=-]{16,})/gi)) {
    found.push(`${where}: ${scheme ?? ''} ${shortened(token ?? '')}`)
  }
  for (const [, name, token] of rest.matchAll(
    /\b(access_token|refresh_token|id_token|code_verifier)["']?\s*[=:]\s*["']?([\w.~-]{16,})/g,
  )) {
    found.push(`${where}: ${name ?? ''} ${shortened(token ?? '')}`)
  }
  const parsed = /^\s*[[{]/.test(rest) ? parseJson(rest) : undefined
  if (parsed !== undefined) return walk(parsed, where, found, seen, depth + 1)
  for (const [run] of rest.matchAll(/(?<![\w.-])[\w-]{40,512}(?![\w.-])/g)) {
    if (looksOpaque(run, 40)) found.push(`${where}: long opaque secret ${shortened(run)}`)
  }
}

/** Mixed case, digits and many different characters: made by a random generator rather than by a person. */
export function looksOpaque(text: string, atLeast: number): boolean {
  return (
    text.length >= atLeast &&
    /^[\w.~-]+$/.test(text) &&
    /[a-z]/.test(text) &&
    /[A-Z]/.test(text) &&
    /\d/.test(text) &&
    new Set(text).size >= Math.min(16, atLeast / 2)
  )
}

export function shortened(secret: string): string {
  return secret.length > 12 ? `${secret.slice(0, 6)}… (${secret.length} characters)` : secret
}

/** A view on the bytes of any binary value. */
export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
  }
  return undefined
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
