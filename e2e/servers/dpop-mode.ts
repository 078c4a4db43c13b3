/** What tests may ask of a server beyond checking proofs. */
export interface DpopSettings {
  /** Demand a nonce of this server in every proof. */
  readonly nonce: boolean
  /** Send the nonce, but do not let script read it: an incomplete CORS configuration. */
  readonly hideNonce: boolean
  /** Authorization server: check the proof, and say all the same that the tokens are bearer tokens. */
  readonly downgrade: boolean
}

/** How one server treats DPoP. The command `{ do: 'dpop', nonce?, hideNonce?, downgrade? }` changes it until the reset. */
export class DpopMode {
  readonly #atStart: DpopSettings
  #now: DpopSettings

  constructor(nonce: boolean) {
    this.#atStart = { nonce, hideNonce: false, downgrade: false }
    this.#now = this.#atStart
  }

  get settings(): DpopSettings {
    return this.#now
  }

  /** @throws TypeError when a setting is not a boolean */
  change(command: Readonly<Record<string, unknown>>): void {
    const { do: _, ...wanted } = command
    for (const [name, value] of Object.entries(wanted)) {
      if (!(name in this.#atStart) || typeof value !== 'boolean') {
        throw new TypeError('"dpop" takes nonce, hideNonce and downgrade, each true or false')
      }
    }
    this.#now = { ...this.#now, ...wanted }
  }

  reset(): void {
    this.#now = this.#atStart
  }

  /** What CORS lets script read. */
  exposed(headers: string): string {
    return this.#now.hideNonce ? headers.replace(/dpop-nonce,? */i, '') : headers
  }
}
