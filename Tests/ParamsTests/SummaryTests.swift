import JAXnet
import TestSupport
import Testing

/// The table of a network's modules.
@Suite struct SummaryTests {
  @Test func aTable() {
    let shared = Dense(4, biasInit: nil)
    let net = Sequential {
      Dense(4)
      relu
      Sequential {
        shared; tanh; shared
      }
    }
    let summary = net.summary(zeros([2, 3]))
    #expect(
      "\(summary)" == """
        module                  inputs         outputs        parameters  bytes  FLOPs
        ──────────────────────────────────────────────────────────────────────────────
        sequential              float32[2, 3]  float32[2, 4]          32  128 B    208
          layers[0].dense       float32[2, 3]  float32[2, 4]          16   64 B     56
          layers[2].sequential  float32[2, 4]  float32[2, 4]          16   64 B    136
            layers[0].dense     float32[2, 4]  float32[2, 4]          16   64 B     64
            layers[0].dense     float32[2, 4]  float32[2, 4]      shared            64
        """, "\n\(summary)")
    #expect(summary.parameterCount == 32 && summary.parameterBytes == 128 && summary.operationCount == 208)
    #expect(summary.limited(toDepth: 1).rows.count == 3)
  }

  @Test func nothingIsComputed() {
    // A network that would take terabytes and days.
    let net = Sequential {
      Dense(1 << 20); relu; Dense(1 << 20)
    }
    let inputs = zeros([]).broadcast(to: [1 << 20, 1 << 20])
    let summary = net.summary(inputs)
    #expect(summary.parameterCount == 2 * ((1 << 40) + (1 << 20)))
    // Two products, two biases; the function between compares and selects.
    #expect(summary.operationCount == 2 * (2 << 60) + 4 * (1 << 40))
  }

  @Test func operationsOfConvolutionsLoopsAndTransformations() {
    let convolution = Conv(3, [2, 2], biasInit: nil).summary(zeros([1, 5, 5, 4]))
    #expect(convolution.operationCount == 2 * (4 * 4 * 3) * (2 * 2 * 4))

    let cell = Dense(3, biasInit: nil)
    let loop = parametrized("loop") { (xs: Tensor) in scan(zeros([3]), xs) { carry, x in (cell(carry + x), ()) }.carry }
    let rows = loop.summary(zeros([7, 3])).rows
    #expect(rows.map(\.path) == ["loop", "loop.dense"])
    #expect(rows.map(\.operationCount) == [7 * (18 + 3), 18])
    #expect(rows[0].parameterCount == 9)

    let batched = Batched(Dense(2)).summary(zeros([5, 3])).rows
    #expect(batched[0].operationCount == 5 * 2 * (2 * 3 + 1))
    #expect(batched[0].outputs == [TensorType(.float32, [5, 2])])
  }

  @Test func allLayersHaveOne() {
    let net = Sequential {
      Embedding(50, 8)
      TransformerBlock(2, isCausal: true, dropout: 0.1)
      LayerNorm()
      Dropout(0.1)
      WeightNorm(Dense(3))
    }
    let tokens = zeros([2, 6], dtype: .int32)
    let summary = net.summary(tokens)
    let params = net.initParams(PRNGKey(0), tokens)
    #expect(summary.parameterCount == params.elementCount && summary.parameterBytes == params.byteCount)
    #expect(summary.rows.contains { $0.path == "sequential.layers[1].transformerBlock.attention.query" })
    #expect(summary.rows[0].outputs == [TensorType(.float32, [2, 6, 3])])
  }
}
