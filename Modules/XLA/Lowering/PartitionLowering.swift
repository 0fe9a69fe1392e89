import Tensor

extension Partition: StableHLOFamily {
  func write(
    _ operands: [HLOValue], _ results: [HLOType], _ writer: FunctionWriter
  ) throws(LoweringError) -> [HLOValue] {
    let open = dimensions.indices.filter { dimensions[$0] == nil }
    let choice = open.isEmpty ? "" : "unspecified_dims=\(open)".replacing(" ", with: "")
    return [
      writer.operation(
        "stablehlo.custom_call", operands,
        [
          HLOAttribute("call_target_name", "\"Sharding\""), HLOAttribute("backend_config", "\"\(choice)\""),
          HLOAttribute("mhlo.sharding", "\"\(sharding)\""),
        ], result: results[0])
    ]
  }

  /// The partition as XLA writes it.
  ///
  /// Tiles are counted along each dimension, and devices are numbered along the axes of the mesh; they are listed in the order of the
  /// tiles, where the axes that divide nothing come last.
  var sharding: String {
    let used = dimensions.flatMap { $0 ?? [] }
    let whole = meshShape.indices.filter { !used.contains($0) }
    let tiles = tileCounts
    if tiles.allSatisfy({ $0 == 1 }) { return "{replicated}" }
    let copies = whole.map { meshShape[$0] }.product
    let order = used + whole
    let counts = (tiles + (copies > 1 ? [copies] : [])).map(String.init).joined(separator: ",")
    // Devices in order are written as a line of them: a grid would be one that is turned.
    let mesh =
      order == Array(meshShape.indices)
      ? "[\(meshShape.product)]"
      : "[\(meshShape.map(String.init).joined(separator: ","))]T(\(order.map(String.init).joined(separator: ",")))"
    return "{devices=[\(counts)]<=\(mesh)\(copies > 1 ? " last_tile_dim_replicate" : "")}"
  }

  /// Into how many parts each dimension is divided.
  var tileCounts: [Int] { dimensions.map { ($0 ?? []).map { meshShape[$0] }.product } }
}
