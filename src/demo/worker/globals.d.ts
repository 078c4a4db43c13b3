// What the build fills in.
declare const __TOKEN_GUARDIAN_CONFIG__: import('token-guardian/worker').GuardianConfig

interface ImportMeta {
  readonly env: { readonly PROD: boolean }
}
