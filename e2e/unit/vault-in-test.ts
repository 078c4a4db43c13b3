import type { GuardianConfig } from '../../src/contract/config.ts'
import type { HandOver } from '../../sw/core/hand-over.ts'
import { guardianInTest, type GuardianInTest } from './guardian-in-test.ts'
import { APP } from './parsed-config.ts'

export const VAULT = 'https://vault.example'
export const OTHER_APP = 'https://other.example'

/** A vault in a browser that gives its frame a storage of its own. */
export interface VaultInTest {
  /** The guardian of the frame in the app, with the authorization server. */
  readonly frame: GuardianInTest
  /** The guardian of the top-level vault. */
  readonly top: GuardianInTest
  /** What was handed over by cookie, oldest first. */
  readonly handedOver: HandOver[]
}

const config: Partial<GuardianConfig> = {
  topology: 'vault',
  vaultOrigin: VAULT,
  appOrigins: [APP, OTHER_APP],
}

export async function vaultInTest(): Promise<VaultInTest> {
  const handedOver: HandOver[] = []
  const place = {
    origin: VAULT,
    returnOrigins: [APP, OTHER_APP],
    popupEnd: `${VAULT}/popup.html#_`,
    handOver: (handOver: HandOver) => Promise.resolve(void handedOver.push(handOver)),
  }
  const frame = await guardianInTest(config, place)
  const top = await guardianInTest(config, { ...place, wire: frame.surroundings.wire })
  return { frame, top, handedOver }
}
