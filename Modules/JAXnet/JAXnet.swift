// One import for all of the library but `Compat`, which has other libraries' names.

@_exported import Autodiff
@_exported import Data
@_exported import Layers
@_exported import Optimizers
@_exported import Params
@_exported import Pictures
@_exported import Progress
@_exported import Random
@_exported import Tensor
