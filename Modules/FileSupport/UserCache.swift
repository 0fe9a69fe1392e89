import Foundation

/// The library's folder in the user's cache: `$XDG_CACHE_HOME/jaxnet`, by default `~/.cache/jaxnet`; nil for a user without a home.
package func userCacheFolder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
  if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/jaxnet" }
  guard let home = environment["HOME"], !home.isEmpty else { return nil }
  return home + "/.cache/jaxnet"
}
