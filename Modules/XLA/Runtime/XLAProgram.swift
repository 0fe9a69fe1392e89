import Autodiff
import Tensor

/// A graph compiled for devices and for inputs that lie on them in a certain way.
///
/// It holds neither the graph, which holds it, nor the devices' object, which holds graphs.
final class XLAProgram: @unchecked Sendable {  // immutable
  private let name: String
  private let outputTypes: [TensorType]
  private let layouts: [Partition]
  private let outputLayouts: [Partition]
  private let executable: XLAExecutable
  private let constants: [XLABuffers]
  /// The inputs that may lend their memory to a result.
  private let donors: [Int]
  /// What takes most memory within the program, for errors.
  private let largeValues: [String]

  /// - Parameter lends: whether inputs may lend their memory to results. A program that does copies those that it must
  ///   not change.
  init(_ graph: Graph, _ place: XLAPlacement, _ layouts: [Partition], lends: Bool) throws(XLAError) {
    name = graph.name
    outputTypes = graph.outputTypes
    largeValues = graph.largestValues
    self.layouts = layouts
    let outputLayouts = Self.outputLayouts(graph, place, layouts)
    self.outputLayouts = outputLayouts
    let donations = lends ? Self.donations(graph, layouts, outputLayouts) : graph.outputs.map { _ in nil }
    donors = donations.compactMap { $0 }.sorted()
    let module: LoweredModule
    do {
      let isDivided = place.members.count > 1
      func sharding(_ layout: Partition) -> [String] {
        isDivided ? ["mhlo.sharding = \"\(layout.sharding)\""] : []
      }
      func joined(_ attributes: [String]) -> String? {
        attributes.isEmpty ? nil : attributes.joined(separator: ", ")
      }
      let inputs = graph.inputs.indices.map { input in
        joined(
          sharding(layouts[input])
            + (donations.firstIndex(of: input).map { ["tf.aliasing_output = \($0) : i32"] } ?? []))
      }
      module = try graph.lowered(
        argumentAttributes: inputs, resultAttributes: outputLayouts.map { joined(sharding($0)) },
        partitions: place.members.count, forProcessors: place.core.platform == "cpu")
    } catch {
      throw .lowering(error)
    }
    do {
      executable = try place.core.compile(module, name: graph.name, for: place.members)
    } catch {
      throw error.during("compiling \(graph.name)", on: place.description)
    }
    var constants: [XLABuffers] = []
    for constant in module.constants {
      constants.append(try place.buffers(for: constant, place.standardLayout(rank: constant.rank)))
    }
    self.constants = constants
  }

  /// The inputs of a graph that may lend their memory to results.
  static func donors(_ graph: Graph, _ place: XLAPlacement, _ layouts: [Partition]) -> [Int] {
    donations(graph, layouts, outputLayouts(graph, place, layouts)).compactMap { $0 }.sorted()
  }

  /// Whether an input on the device is held elsewhere, too, so that its memory must stay as it is.
  static func isKept(_ inputs: inout [Tensor], _ index: Int) -> Bool {
    inputs[index].deviceValue != nil && inputs[index].uniqueDeviceValue() == nil
  }

  /// How results lie on the devices. One that cannot be divided as it would be is whole on every device.
  private static func outputLayouts(_ graph: Graph, _ place: XLAPlacement, _ layouts: [Partition]) -> [Partition] {
    zip(graph.outputPartitions(layouts, meshShape: place.meshShape), graph.outputTypes).map { partition, type in
      partition.indivisible(type.shape).isEmpty ? partition : place.standardLayout(rank: type.rank)
    }
  }

  /// For each output the input that may lend it memory: one of its type that lies as it does.
  private static func donations(
    _ graph: Graph, _ layouts: [Partition], _ outputLayouts: [Partition]
  ) -> [Int?] {
    var free = Array(graph.inputs.indices)
    return graph.outputTypes.indices.map { output in
      let type = graph.outputTypes[output].strong
      let match = free.firstIndex {
        graph.inputTypes[$0].strong == type && layouts[$0] == outputLayouts[output] && type.elementCount > 0
      }
      return match.map { free.remove(at: $0) }
    }
  }

  /// Starts the program on the devices that it was compiled for; an input there that nothing else holds lends its memory to a
  /// result.
  func run(_ inputs: inout [Tensor], on place: XLAPlacement) throws(XLAError) -> [Tensor] {
    let path = ModulePath.current
    let kept = donors.filter { Self.isKept(&inputs, $0) }
    var arguments: [XLABuffers] = []
    arguments.reserveCapacity(inputs.count + constants.count)
    for (input, layout) in zip(inputs, layouts) {
      if let value = input.deviceValue as? XLAValue, value.device == place, value.layout == layout {
        arguments.append(try value.buffers)
      } else {
        arguments.append(try place.buffers(for: input, layout))
      }
    }
    do {
      let outputs = try executable.execute(arguments + constants, kept: kept.map(Int64.init))
      let origin = XLAValue.Origin(program: self, path: path)
      return outputs.indices.map { index in
        Tensor(XLAValue(outputTypes[index], place, outputs[index], outputLayouts[index], origin))
      }
    } catch {
      throw failure(error, "", path, on: place)
    }
  }

  /// The error for what the plugin reports of a run of the program, which names the modules that it ran in, and where
  /// memory went if there was not enough: a plugin's words name no operation then.
  func failure(_ failure: PluginFailure, _ doing: String, _ path: String?, on place: Device) -> XLAError {
    var failure = failure
    if failure.code == XLAError.Code.resourceExhausted.rawValue {
      failure.message += largeValues.map { "\n  large value: \($0)" }.joined()
    }
    return failure.during(doing + name + (path.map { " in \($0)" } ?? ""), on: place.description)
  }
}

extension Graph {
  /// The results of operations within that take most memory, up to three, with where they are computed.
  fileprivate var largestValues: [String] {
    var found: [(size: Int, text: () -> String)] = []
    var seen: Set<Graph> = []
    func look(into graph: Graph) {
      guard seen.insert(graph).inserted else { return }
      for equation in graph.equations {
        for id in equation.results {
          let type = graph.types[id].strong
          found.append(
            (type.byteCount, { "\(type) of \(equation.primitive.name)" + (equation.path.map { " in \($0)" } ?? "") }))
        }
        equation.primitive.graphs.forEach(look)
      }
    }
    look(into: self)
    let largest = found.map(\.size).max() ?? 0
    return found.filter { $0.size > largest / 2 }.sorted { $0.size > $1.size }.prefix(3).map { $0.text() }
  }
}
