/**
 * Global that holds the configuration of a prebuilt worker. A line before the worker's code sets it, or {@link CONFIG_SCRIPT}. In an
 * app's own worker the Vite plugin replaces the name by the configuration.
 */
export const CONFIG_GLOBAL = '__TOKEN_GUARDIAN_CONFIG__'

/** Script beside the worker that sets {@link CONFIG_GLOBAL}, for one build that serves many environments. */
export const CONFIG_SCRIPT = 'token-guardian.config.js'

/** Global of a vault's worker that names the version of the vault's files. */
export const BUILD_GLOBAL = '__TOKEN_GUARDIAN_BUILD__'
