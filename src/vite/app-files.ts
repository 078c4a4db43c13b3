import { CONFIG_SCRIPT } from '../contract/config-script.ts'
import type { GuardianConfig } from '../contract/config.ts'
import { configScript } from './config-script.ts'
import { prebuilt } from './prebuilt.ts'

/** Name of the prebuilt worker where it is deployed. */
export const APP_WORKER = 'guardian-sw.js'

/** The configuration as JSON beside an app's worker: for people and tools. No worker and no page reads it. */
export const CONFIG_JSON = 'token-guardian.json'

/** Where a prebuilt worker of an app has its configuration: in its own file, or in {@link CONFIG_SCRIPT} beside it. */
export type ConfigPlace = 'in-worker' | 'beside-worker'

/** The prebuilt worker of an app. Beside its configuration it fits every one, otherwise it is no larger than it must be. */
export async function appWorker(config: GuardianConfig, place: ConfigPlace): Promise<string> {
  if (place === 'beside-worker') return prebuilt('guardian-sw.js')
  const isForwarder = config.topology === 'vault'
  return configScript(config) + (await prebuilt(isForwarder ? 'forwarder-sw.js' : 'guardian-sw.js'))
}

/** What is deployed beside an app's worker, by file name. */
export function filesBesideWorker(
  config: GuardianConfig,
  place: ConfigPlace,
): Readonly<Record<string, string>> {
  return {
    [CONFIG_JSON]: `${JSON.stringify(config, null, 2)}\n`,
    ...(place === 'beside-worker' && { [CONFIG_SCRIPT]: configScript(config) }),
  }
}
