import type { ParsedConfig } from '../../src/contract/config.ts'
import type { GuardianEvent } from '../../src/contract/messages.ts'
import type { Wire } from '../protocol/server.ts'
import type { HandOverCourier } from './hand-over.ts'
import type { DecisionBook } from './timeline.ts'
import type { Ledger, TokenStore } from './token-store.ts'

/** Everything that the core needs of the place where it is installed. */
export interface Surroundings {
  readonly config: ParsedConfig
  /** Requests to the authorization server, and the clock. */
  readonly wire: Wire
  readonly tokens: TokenStore
  readonly ledger: Ledger
  /**
   * Runs a task while no other guardian, old or new, runs one of the same name.
   * @throws AuthError `refresh-unavailable` when the lock is not to be had in time
   */
  readonly exclusive: <Result>(name: string, task: () => Promise<Result>) => Promise<Result>
  /** Tells every page, or if it is there only that of the given id. */
  readonly tell: (event: GuardianEvent, page?: string) => void
  /** Where the configuration asks for it: what is decided, for the development panel. */
  readonly decisions?: DecisionBook | undefined
  /** Whether requests reach anything at all. Never rejects. */
  readonly hasNetwork?: () => Promise<boolean>
  /** Origin of the guardian. */
  readonly origin: string
  /** Where sign-in and sign-out may return to, and the page to which they do by default. */
  readonly returnOrigins: readonly string[]
  readonly home: string
  /** Vault: takes a response to the frame in which its sign-in began. */
  readonly handOver?: HandOverCourier
  /** URL of the page on which a sign-in in a popup ends. */
  readonly popupEnd: string
  /** URL of the worker's own script. */
  readonly scriptUrl: string
}
