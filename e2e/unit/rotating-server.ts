/** How a server treats a refresh token that it has rotated already. */
export interface RotatingServerOptions {
  /** Milliseconds in which it is good once more (a grace period, or reuse interval). 0: every reuse is theft, and ends the grant. */
  readonly graceMs: number
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/**
 * The token endpoint of a server that rotates refresh tokens (RFC 9700 section 4.14.2), reduced to what a client notices of
 * it: each token is good once, and for the grace period once more if its answer was lost.
 */
export class RotatingServer {
  readonly #graceMs: number
  readonly #rotatedAt = new Map<string, number>()
  #current: string | undefined
  #issued = 0
  /** Every refresh token that was sent, in order. */
  readonly sent: string[] = []

  constructor({ graceMs }: RotatingServerOptions) {
    this.#graceMs = graceMs
  }

  /** The token that is good now; `undefined` when the grant was ended. */
  get current(): string | undefined {
    return this.#current
  }

  /** A sign-in: a new grant. @returns its first refresh token */
  grant(): string {
    this.#rotatedAt.clear()
    return (this.#current = this.#next())
  }

  refresh(refreshToken: string): Answer {
    this.sent.push(refreshToken)
    if (!this.#accepts(refreshToken)) {
      this.#current = undefined
      return { status: 400, body: JSON.stringify({ error: 'invalid_grant' }) }
    }
    if (refreshToken === this.#current) this.#rotatedAt.set(refreshToken, performance.now())
    this.#current = this.#next()
    const body = {
      access_token: `at-S3CRET-${this.#issued}`,
      refresh_token: this.#current,
      token_type: 'Bearer',
      expires_in: 300,
    }
    return { status: 200, body: JSON.stringify(body) }
  }

  #accepts(refreshToken: string): boolean {
    if (this.#current === undefined) return false
    if (refreshToken === this.#current) return true
    const rotatedAt = this.#rotatedAt.get(refreshToken)
    return rotatedAt !== undefined && performance.now() - rotatedAt < this.#graceMs
  }

  #next(): string {
    this.#issued += 1
    return `rt-S3CRET-${this.#issued}`
  }
}
