import type { Page } from 'playwright'

import type { ApiControl, AuthorizationServerControl } from '../fixtures/control.ts'
import type { Topology } from '../fixtures/topologies.ts'
import type { Oracle } from './oracle.ts'
import type { Tabs } from './tabs.ts'
import type { Troubles } from './troubles.ts'

/** Where rounds happen: one app in one browser, under load all the time. */
export interface World {
  readonly topology: Topology
  readonly appOrigin: string
  /** Of the guardian: the vault, or the app itself. */
  readonly guardianOrigin: string
  readonly apiOrigin: string
  readonly as: AuthorizationServerControl
  readonly api: ApiControl
  readonly tabs: Tabs
  readonly troubles: Troubles
  readonly oracle: Oracle
  /** From 0 to 1, the same for the same seed. */
  readonly random: () => number
  readonly setOffline: (isOffline: boolean) => Promise<void>
  /** Ends what runs of an origin. */
  readonly kill: (origin: string) => Promise<void>
  /** To be called when the server ends a session by itself. */
  readonly noteRevoked: () => void
}

/** Something that happens to a world. It ends when the world is as before. */
export interface Round {
  readonly name: string
  /** How often it comes, beside others. */
  readonly weight: number
  readonly run: (world: World) => Promise<void>
}

export function oneOf<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)]!
}

export function anyTab({ tabs, random }: World): Page {
  return oneOf(tabs.all, random)
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
