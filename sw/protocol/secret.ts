export type SecretKind = 'access-token' | 'refresh-token' | 'id-token' | 'code-verifier'

/**
 * A value that must not leave the worker. The value is a private field: structured clone, JSON, template literals and
 * consoles see the kind only.
 */
export class Secret<Kind extends SecretKind = SecretKind> {
  readonly kind: Kind
  readonly #value: string

  constructor(kind: Kind, value: string) {
    this.kind = kind
    this.#value = value
  }

  /** Read the value. Three callers: a request to the server that may know it, the header, the store. */
  reveal(): string {
    return this.#value
  }

  toJSON(): string {
    return this.toString()
  }

  toString(): string {
    return `[${this.kind}]`
  }
}
