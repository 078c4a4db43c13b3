// What the build fills in (Vite `define`). The page itself holds no other configuration.
declare const __API_ORIGIN__: string
declare const __AS_ORIGIN__: string
declare const __WORKER_URL__: string
declare const __WORKER_TYPE__: 'classic' | 'module'

// Chromium only, and the way to read what a frame went through: the attacks need both.
interface NavigationEntryLike {
  readonly url: string | null
}
interface NavigationLike {
  entries(): readonly NavigationEntryLike[]
  readonly activation?: { readonly from: NavigationEntryLike | null } | null
}
