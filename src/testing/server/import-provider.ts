/** What the package `oidc-provider` exports. */
export type ProviderPackage = typeof import('oidc-provider')

/**
 * Loads oidc-provider, which apps install themselves: nobody else needs it.
 * @throws Error that says what to install
 */
export async function importProvider(): Promise<ProviderPackage> {
  try {
    return await import('oidc-provider')
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new Error(
      'The development server needs the package oidc-provider: npm install --save-dev oidc-provider@9',
      { cause: error },
    )
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes("'oidc-provider'")
  )
}
