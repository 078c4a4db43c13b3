import { navigationHistory, readEverything } from '../fixtures/reach.ts'
import { findSecrets, namedSecrets } from '../fixtures/secrets.ts'
import type { OpenWorld } from './open-world.ts'

/** Looks for every secret that was issued in what pages of the app can read, could overhear, and left behind. */
export async function judgeReach(world: OpenWorld): Promise<number> {
  const { as, tabs, stack, recorder, oracle, appOrigin } = world
  const secrets = namedSecrets(await as.issued())
  if (secrets.length === 0) oracle.violate('there are no secrets to look for')
  const places: Record<string, string> = {
    'what pages could overhear': recorder.text(appOrigin),
    'log of the app’s host': JSON.stringify(stack.app.control.report()),
    'log of the guardian’s host': JSON.stringify(stack.guardian.control.report()),
  }
  for (const [index, page] of tabs.all.entries()) {
    places[`reach of tab ${index + 1}`] = await readEverything(page)
    const urls = await navigationHistory(page)
    places[`history of tab ${index + 1}`] = urls
      .filter((url) => !url.startsWith(as.origin))
      .join('\n')
  }
  for (const [place, text] of Object.entries(places)) {
    for (const name of findSecrets(text, secrets)) oracle.violate(`${name} in ${place}`)
  }
  return secrets.length
}
