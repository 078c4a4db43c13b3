import { noSecrets, type Lists } from '../seeds/no-secrets.ts'

type Kind = keyof Lists

const kindOfParameter: Readonly<Record<string, Kind>> = {
  state: 'states',
  nonce: 'nonces',
  code_challenge: 'challenges',
  code_verifier: 'verifiers',
}
const kindOfMember: Readonly<Record<string, Kind>> = {
  access_token: 'accessTokens',
  refresh_token: 'refreshTokens',
  id_token: 'idTokens',
}

/** Collects the secrets of a server that is not ours: from the requests to it and its answers. */
export class PassingSecrets {
  issued = noSecrets()

  forget(): void {
    this.issued = noSecrets()
  }

  /** @param parameters - of a request to the authorization or token endpoint */
  readRequest(parameters: URLSearchParams): void {
    for (const [name, kind] of Object.entries(kindOfParameter)) {
      this.#add(kind, parameters.get(name))
    }
    const used = parameters.get('refresh_token')
    if (used !== null) this.issued.usedRefreshTokens.push(used)
  }

  /** @param location - where an answer sends the browser */
  readRedirect(location: string): void {
    this.#add('codes', /[?&#]code=([^&#]+)/.exec(location)?.[1])
  }

  /** @param tokens - members of an answer of the token endpoint */
  readTokens(tokens: Readonly<Record<string, unknown>>): void {
    for (const [member, kind] of Object.entries(kindOfMember)) this.#add(kind, tokens[member])
  }

  #add(kind: Kind, value: unknown): void {
    const list = this.issued[kind]
    if (typeof value === 'string' && value !== '' && !list.includes(value)) list.push(value)
  }
}
