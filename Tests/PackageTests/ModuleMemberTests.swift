import Foundation
import Testing

/// Submodules that are declared under the name of a member of every module could not be reached by it, so that they are refused:
/// the list of these names is complete.
@Test func namesOfMembersCannotNameSubmodules() throws {
  var members: Set<String> = []
  for file in try SourceFile.all(in: ["Modules/Params"], extensions: ["swift"]) {
    var isModule = false
    for line in file.lines {
      if line.firstMatch(of: #/^(?:public |package )?(?:final )?(?:extension|class|struct|enum) /#) != nil {
        isModule = line.contains(#/(?:extension|class) (?:Parametrized|AnyModule)\b/#)
      }
      guard isModule, let member = line.firstMatch(of: #/^  public (?:func|let|var) (\w+)/#) else { continue }
      members.insert(String(member.1))
    }
  }
  #expect(members.isSuperset(of: ["initParams", "name", "summary"]))

  let source = try SourceFile(path: "Modules/Params/Declarations+Mirror.swift").lines.joined(separator: "\n")
  let list = try #require(source.firstMatch(of: #/membersOfModules: Set<String> = \[(.*?)\]/#.dotMatchesNewlines())).1
  let refused = Set(list.matches(of: #/"(\w+)"/#).map { String($0.1) })
  #expect(members.subtracting(refused) == [])
}
