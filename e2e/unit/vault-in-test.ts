import type { GuardianConfig } from '../../src/contract/config.ts'
import type { HandOver, LinkHome } from '../../sw/core/hand-over.ts'
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
  /** Where the responses of login links belong, by cookie. */
  readonly homes: Map<string, LinkHome>
  /** What was handed over by cookie, oldest first. */
  readonly handedOver: HandOver[]
}

const config: Partial<GuardianConfig> = {
  topology: 'vault',
  vaultOrigin: VAULT,
  appOrigins: [APP, OTHER_APP],
}

/** @param change of the configuration, the same for both */
export async function vaultInTest(change: Partial<GuardianConfig> = {}): Promise<VaultInTest> {
  const handedOver: HandOver[] = []
  // The vault's own cookies, which its frame and its top level share.
  const proofs = new Map<string, string>()
  const homes = new Map<string, LinkHome>()
  const place = {
    origin: VAULT,
    returnOrigins: [APP, OTHER_APP],
    popupEnd: `${VAULT}/popup.html#_`,
    handOver: {
      give: async (handOver: HandOver) => {
        const proof = proofs.get(handOver.errand)
        handedOver.push({ ...handOver, ...(proof ? { proof } : {}) })
      },
      keepHome: async (id: string, home: LinkHome) => void homes.set(id, home),
      takeHome: async (id: string) => {
        const home = homes.get(id)
        homes.delete(id)
        return home
      },
      keepProof: async (errand: string, proof: string) => void proofs.set(errand, proof),
    },
  }
  const frame = await guardianInTest({ ...config, ...change }, place)
  const top = await guardianInTest(
    { ...config, ...change },
    { ...place, wire: frame.surroundings.wire },
  )
  return { frame, top, homes, handedOver }
}
