export type Report = (where: string, what: string) => void

/** Reads fields of one object and reports each wrong one with its place; goes on, so that all are reported at once. */
export class FieldReader {
  readonly #fields: Record<string, unknown>
  readonly #where: string
  readonly #report: Report

  constructor(value: unknown, where: string, report: Report) {
    if (!isRecord(value)) report(where, 'must be an object')
    this.#fields = isRecord(value) ? value : {}
    this.#where = where
    this.#report = report
  }

  wrong(field: string, what: string): void {
    this.#report(`${this.#where}.${field}`, what)
  }

  raw(field: string): unknown {
    return Object.hasOwn(this.#fields, field) ? this.#fields[field] : undefined
  }

  only(known: readonly string[]): void {
    for (const field of Object.keys(this.#fields)) {
      if (!known.includes(field))
        this.wrong(field, `is not an option; there are ${known.join(', ')}`)
    }
  }

  text(field: string, fallback?: string): string {
    const value = this.raw(field) ?? fallback
    if (typeof value === 'string' && value !== '') return value
    this.wrong(field, 'must be a string that is not empty')
    return ''
  }

  texts(field: string, fallback: readonly string[]): readonly string[] {
    const value = this.raw(field) ?? fallback
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry !== '')) {
      return value as string[]
    }
    this.wrong(field, 'must be a list of strings')
    return fallback
  }

  oneOf<Choice extends string>(
    field: string,
    choices: readonly Choice[],
    fallback: Choice,
  ): Choice {
    const value = this.raw(field) ?? fallback
    const choice = choices.find((candidate) => candidate === value)
    if (choice === undefined) this.wrong(field, `must be one of ${choices.join(', ')}`)
    return choice ?? fallback
  }

  flag(field: string, fallback = false): boolean {
    const value = this.raw(field) ?? fallback
    if (typeof value === 'boolean') return value
    this.wrong(field, 'must be true or false')
    return fallback
  }

  wholeNumber(field: string, fallback: number, most: number): number {
    const value = this.raw(field) ?? fallback
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) {
      return value
    }
    this.wrong(field, `must be a whole number from 0 to ${most}`)
    return fallback
  }

  path(field: string, fallback: string): string {
    const value = this.raw(field) ?? fallback
    if (typeof value === 'string' && /^\/[A-Za-z0-9._~/-]*$/.test(value) && isNormalPath(value)) {
      return value
    }
    this.wrong(field, `must be a plain absolute path such as '${fallback}'`)
    return fallback
  }

  /** Origins such as `https://app.example.com`, each written the way a browser writes it. */
  origins(field: string, values: unknown): readonly string[] {
    if (!Array.isArray(values)) {
      this.wrong(field, `must be a list of origins such as ['https://app.example.com']`)
      return []
    }
    return values.flatMap((value: unknown) => {
      const url = this.#checkedUrl(field, typeof value === 'string' ? value : '')
      if (url === '') return []
      if (new URL(url).origin === url) return [url]
      this.wrong(field, `'${url}' must be an origin only: '${new URL(url).origin}'`)
      return []
    })
  }

  /** An absolute https URL (http on loopback hosts) that is written the way a browser writes it. */
  serverUrl(field: string): string {
    const value = this.text(field)
    return value === '' ? '' : this.#checkedUrl(field, value)
  }

  #checkedUrl(field: string, value: string): string {
    const url = parseUrl(value)
    if (url === undefined) this.wrong(field, `'${value}' is not an absolute URL`)
    else if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
      this.wrong(field, `'${value}' must be https (http is for loopback hosts only)`)
    } else if (
      url.username !== '' ||
      url.password !== '' ||
      url.search !== '' ||
      url.hash !== '' ||
      /[?#]/.test(value)
    ) {
      this.wrong(field, `'${value}' must not have credentials, a query or a fragment`)
    } else if (!/^([a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$/.test(url.hostname)) {
      // A star would be a host name to `fetch` and every host to a policy.
      this.wrong(field, `'${value}' must name one host, without wildcards`)
    } else if (url.hostname.endsWith('.')) {
      this.wrong(field, `'${value}' must not end its host in a dot`)
    } else if (url.href !== value && url.href !== `${value}/`) {
      this.wrong(field, `write it the way browsers do: '${url.href}'`)
    } else return value
    return ''
  }
}

function isNormalPath(path: string): boolean {
  return !path.includes('//') && !path.split('/').some((part) => part === '.' || part === '..')
}

/** True for hosts that browsers treat as trustworthy without TLS (Secure Contexts section 3.1). */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  )
}

function parseUrl(value: string): URL | undefined {
  try {
    return new URL(value)
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
